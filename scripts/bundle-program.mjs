// The command-line program in few files: Node.js takes half a millisecond for every module that it looks up, and the
// program has eight hundred with its dependencies. dist/ itself stays as it is, for those who import the library.
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { rolldown } from 'rolldown'

const folder = resolve('dist/program')

/** Binaries and package.json stay where they are: a URL beside its module is written as seen from the bundle. */
const urls = {
  name: 'urls',
  transform(code, id) {
    return code.replaceAll(/new URL\('(\.[^']+)', import\.meta\.url\)/g, (_, path) => {
      const target = resolve(dirname(id), path)
      if (!existsSync(target)) throw new Error(`${id} names ${path}, which is not there`)
      return `new URL('${relative(folder, target).replaceAll('\\', '/')}', import.meta.url)`
    })
  },
}

const bundle = await rolldown({
  // A worker is named at run time, as the file beside whatever starts it.
  input: { main: 'dist/cli/main.js', worker: 'dist/linalg/wasm/worker.js' },
  platform: 'node',
  // Those that look for a binary beside their own files.
  external: [/^koffi/, /^@jsquash\//],
  plugins: [urls],
})
const { output } = await bundle.write({ dir: folder, cleanDir: true })
await bundle.close()

writeFileSync(join(folder, 'LICENSES.txt'), notices(output.flatMap(({ moduleIds = [] }) => moduleIds)))

/** The licence of every package that is part of the bundle. */
function notices(modules) {
  const packages = new Set(
    modules.flatMap((id) => /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(id) ?? []),
  )
  return [...packages]
    .map((root) => {
      const { name, version, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
      const texts = globSync('{licen[cs]e,LICEN[CS]E,NOTICE}*', { cwd: root }).sort()
      return [
        `${name} ${version} (${license})`,
        ...texts.map((file) => readFileSync(join(root, file), 'utf8')),
      ]
    })
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map((parts) => parts.join('\n\n'))
    .join(`\n\n${'-'.repeat(80)}\n\n`)
}
