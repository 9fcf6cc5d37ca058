// tsc copies no assets and leaves URLs as they are: dist/ needs the WebAssembly binaries beside their loader, and the
// loader must name the compiled worker.
import { cpSync, globSync, readFileSync, writeFileSync } from 'node:fs'

for (const file of globSync('src/**/*.wasm')) cpSync(file, file.replace(/^src/, 'dist'))

for (const file of globSync('dist/**/*.js')) {
  const text = readFileSync(file, 'utf8')
  const compiled = text.replaceAll(
    /new URL\('(\.\/[\w-]+)\.ts', import\.meta\.url\)/g,
    "new URL('$1.js', import.meta.url)",
  )
  if (compiled !== text) writeFileSync(file, compiled)
}
