import { promises } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { stageArtefact } from '#artefact/stage'
import { certify } from '#certify/certify'
import { chooseBlas } from '#linalg/provider'
import { description, imageSet } from './sets.ts'

/**
 * A process that writes one artefact; the tests of failing disks and of kill −9 start it.
 * Arguments: folder, seed, side of the images, and the number of the change to the disk before which it kills itself.
 */
const [directory, seed, side, fatal = '0'] = process.argv.slice(2)
let changes = 0

for (const name of ['mkdir', 'writeFile', 'rename', 'rm'] as const) {
  const original = promises[name]
  Object.assign(promises, {
    [name]: (...args: unknown[]): unknown => {
      if (++changes === Number(fatal)) process.kill(process.pid, 'SIGKILL')
      return Reflect.apply(original, promises, args)
    },
  })
}
syncBuiltinESMExports()

const { blas } = await chooseBlas()
try {
  const set = await imageSet(blas, { side: Number(side), seed: Number(seed) })
  const staged = await stageArtefact(directory, { set, storage: 'float32', run: description(), blas })
  const { claim } = await certify(await staged.read(), { blas })
  await staged.addReport({ claim })
  await staged.commit(claim)
  process.stdout.write(`${JSON.stringify({ changes })}\n`)
} catch (error) {
  process.stdout.write(`${JSON.stringify(error)}\n`)
} finally {
  await blas.close()
}
