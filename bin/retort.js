#!/usr/bin/env node
const [major, minor] = process.versions.node.split('.').map(Number)
if (major > 22 || (major === 22 && minor >= 12)) {
  // Older versions cannot even load what follows.
  const { availableParallelism } = await import('node:os')
  // Before the first use of the thread pool: products wander over its threads, and more of these than cores drive one
  // another out of the caches.
  process.env.UV_THREADPOOL_SIZE ??= String(Math.min(4, Math.max(2, availableParallelism())))
  const { main } = await import('../dist/program/main.js')
  process.exitCode = await main(process.argv.slice(2))
} else {
  console.error(`Retort needs Node.js 22.12 or newer; this is ${process.versions.node}.`)
  console.error(
    'In a clone of Retort use npx retort, which brings its own; elsewhere install a newer Node.js.',
  )
  process.exitCode = 2
}
