#!/usr/bin/env node
const [major, minor] = process.versions.node.split('.').map(Number)
if (major > 22 || (major === 22 && minor >= 12)) {
  // Older versions cannot even load what follows.
  const { main } = await import('../dist/program/main.js')
  process.exitCode = await main(process.argv.slice(2))
} else {
  console.error(`Retort needs Node.js 22.12 or newer; this is ${process.versions.node}.`)
  console.error(
    'In a clone of Retort use npx retort, which brings its own; elsewhere install a newer Node.js.',
  )
  process.exitCode = 2
}
