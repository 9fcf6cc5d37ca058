import { stageArtefact } from '#artefact/stage'
import { certify } from '#certify/certify'
import { chooseBlas } from '#linalg/provider'
import { description, imageSet } from './sets.ts'

/**
 * A process that writes artefacts over one another until it is killed; the tests of failing disks and of kill −9 start
 * it. Arguments: folder, side of the images, how many to write.
 */
const [directory, side, times] = process.argv.slice(2)
const { blas } = await chooseBlas()
try {
  for (let seed = 1; seed <= Number(times); seed++) {
    const set = await imageSet(blas, { side: Number(side), seed })
    const request = { set, storage: 'float32', run: description(), blas } as const
    const staged = await stageArtefact(directory, request)
    const { claim } = await certify(await staged.read(), { blas })
    await staged.addReport({ claim })
    await staged.commit(claim)
    process.stdout.write(`${seed}\n`)
  }
} catch (error) {
  process.stdout.write(`${JSON.stringify(error)}\n`)
} finally {
  await blas.close()
}
