// tsc copies no assets; the published dist/ needs the WebAssembly binaries beside their loaders.
import { cpSync, globSync } from 'node:fs'

for (const file of globSync('src/**/*.wasm')) cpSync(file, file.replace(/^src/, 'dist'))
