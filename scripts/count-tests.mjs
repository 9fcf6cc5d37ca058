// Prints "PASSED FAILED" from vitest's JSON report; a report that cannot be read counts as one failure.
import { readFileSync } from 'node:fs'

try {
  const report = JSON.parse(readFileSync(process.argv[2], 'utf8'))
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  )
  console.log(`${report.numPassedTests} ${report.numFailedTests + broken.length}`)
} catch {
  console.log('0 1')
}
