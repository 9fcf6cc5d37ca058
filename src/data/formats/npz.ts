import { RetortError } from '#core/errors'
import { arrayDataset } from '../arrays/dataset.ts'
import type { NamedArray } from '../arrays/named-array.ts'
import { unsupported } from '../faults.ts'
import { kindOf } from '../pairing.ts'
import type { Source } from '../source.ts'
import { zipMembers } from '../zip.ts'
import type { Format } from './format.ts'
import { npyArray } from './npy.ts'

/** NPZ (numpy.savez, savez_compressed): a ZIP archive of NPY files, e.g. x_train, y_train, x_test, y_test. */
export const npz: Format = {
  id: 'npz',
  title: 'NPZ (archives of NumPy arrays)',

  async matches({ files }) {
    return files.some(({ name }) => /\.npz$/i.test(name))
  },

  async open(place, options) {
    const asked = [options.train, options.test]
    const texts = place.files.filter(({ name }) => /\.(csv|tsv|txt)$/i.test(name))
    const archives = place.files.filter(({ name }) => /\.npz$/i.test(name) || asked.includes(name))
    const arrays = await Promise.all(archives.map(npzArrays))
    return arrayDataset(place, arrays.flat(), options, texts)
  },
}

/**
 * The arrays of an NPZ archive. Members that Retort cannot read (objects, single numbers) are passed over, unless their
 * names say that they are inputs or labels, or nothing else is left.
 * @throws RetortError as `zipMembers` and `npyArray` do
 */
export async function npzArrays(source: Source): Promise<NamedArray[]> {
  const members = [...(await zipMembers(source))].filter(([name]) => /\.npy$/i.test(name))
  if (members.length === 0) {
    throw unsupported(
      source.name,
      'the archive holds no .npy member',
      'Write it with numpy.savez(path, x=x, y=y).',
    )
  }
  const arrays: NamedArray[] = []
  let passedOver: unknown
  for (const [path, content] of members) {
    const member = path.replace(/\.npy$/i, '')
    try {
      arrays.push({ ...(await npyArray(content)), file: source.name, member })
    } catch (error) {
      const minor = error instanceof RetortError && error.code === 'data/unsupported' && !kindOf(member)
      if (!minor) throw error
      passedOver ??= error
    }
  }
  if (arrays.length === 0) throw passedOver
  return arrays
}
