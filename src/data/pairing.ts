import { RetortError } from '#core/errors'
import { nearest } from '#core/nearest'

/** Which part of a dataset a file or array holds, and whether it holds inputs or labels: read from its name. */

export type Role = 'train' | 'test' | 'validation'

interface Named {
  readonly name: string
}

const roleWords: Record<string, Role> = {
  train: 'train',
  training: 'train',
  trn: 'train',
  tra: 'train',
  test: 'test',
  testing: 'test',
  tst: 'test',
  tes: 'test',
  t10k: 'test',
  validation: 'validation',
  valid: 'validation',
  val: 'validation',
  dev: 'validation',
  eval: 'validation',
}

const inputWords = words(
  'x data inputs input features embeddings embedding images image points samples vectors',
)
const labelWords = words('y labels label targets target classes class')

/** The split that a name speaks of: the file's own name before its folders'; UCI's `.data` stands for training. */
export function roleOf(name: string): Role | undefined {
  for (const part of name.split('/').reverse()) {
    const role = split(part)
      .map((word) => (Object.hasOwn(roleWords, word) ? roleWords[word] : undefined))
      .find((found) => found !== undefined)
    if (role) return role
    if (/\.data$/i.test(part)) return 'train'
  }
  return undefined
}

/** Whether a name speaks of inputs (`X_train`, `train-images…`, `embeddings`) or of labels (`y`, `train-labels`). */
export function kindOf(name: string): 'inputs' | 'labels' | undefined {
  for (const part of name.split('/').reverse()) {
    const found = split(part)
    if (found.some((word) => labelWords.has(word))) return 'labels'
    if (found.some((word) => inputWords.has(word))) return 'inputs'
  }
  return undefined
}

/** What is left of a name without its role: equal for `adult.data` and `adult.test`, `a-train.csv` and `a-test.csv`. */
export function stemOf(name: string): string {
  return split(name.replace(/\.data$/i, ''))
    .filter((word) => !Object.hasOwn(roleWords, word))
    .join('-')
}

/** What is left without role and kind: equal for `train-images-idx3-ubyte` and `t10k-labels-idx1-ubyte`. */
export function familyOf(name: string): string {
  return split(name.replace(/\.(data|npy|csv|tsv|txt|gz)$/gi, ''))
    .filter((word) => !Object.hasOwn(roleWords, word) && !inputWords.has(word) && !labelWords.has(word))
    .map((word) => word.replace(/^idx\d$/, 'idx'))
    .join('-')
}

export interface Pairing<F extends Named> {
  /** One file, or the shards of one split in order; never empty. */
  readonly train: readonly F[]
  readonly test: readonly F[]
  /** What the user should know of the choice. */
  readonly notes: readonly string[]
}

/**
 * Tells which files hold the training and which the test split: by `train` and `test` where given (names within
 * `files`), else by the words in their names; several files of one role must be the shards of one split.
 * Without a test split a validation split takes its place.
 * @throws RetortError `data/ambiguous-split`, `data/not-found` for a name that is not among the files
 */
export function pairSplits<F extends Named>(
  files: readonly F[],
  wanted: { train?: string; test?: string } = {},
): Pairing<F> {
  const of = (role: Role | undefined) =>
    files.filter(({ name }) => roleOf(name) === role && name !== wanted.test)
  const notes: string[] = []
  let train = wanted.train === undefined ? of('train') : [fileNamed(files, wanted.train, '--train')]
  if (train.length === 0) train = of(undefined)
  if (train.length === 0) train = of('test').length === 1 ? of('test') : []
  if (train.length === 0 || !areShards(train))
    throw ambiguous(files.filter(({ name }) => name !== wanted.test))
  const others = (role: Role) => {
    const rest = of(role).filter((file) => !train.includes(file))
    const counterparts = rest.filter(
      (file) => shardKey(stemOf(file.name)) === shardKey(stemOf(train[0].name)),
    )
    return counterparts.length > 0 ? counterparts : rest
  }
  if (wanted.test !== undefined) return { train, test: [fileNamed(files, wanted.test, '--test')], notes }
  let test = others('test')
  if (test.length > 0 && !areShards(test)) {
    notes.push(`${test.map(({ name }) => name).join(', ')} could all be the test split; none was taken`)
    test = []
  } else if (test.length === 0) {
    const validation = others('validation')
    if (validation.length > 0 && areShards(validation)) {
      test = validation
      notes.push(`the validation split (${validation[0].name}) serves as the test split`)
    }
  }
  return { train, test, notes }
}

/** Files with a usual name of a format, else the first, which the user named; and those that flags name. */
export function filesOfFormat<F extends Named>(
  { files }: { readonly files: readonly F[] },
  flags: { train?: string; test?: string; labels?: string; testLabels?: string },
  usualName: RegExp,
): F[] {
  const asked = [flags.train, flags.test, flags.labels, flags.testLabels]
  const usual = files.filter(({ name }) => usualName.test(name))
  const certain = usual.length > 0 ? usual : files.slice(0, 1)
  return files.filter((file) => certain.includes(file) || asked.includes(file.name))
}

/**
 * The file of that name.
 * @throws RetortError `data/not-found` with the nearest name
 */
export function fileNamed<F extends Named>(files: readonly F[], name: string, flag: string): F {
  const normal = name.replace(/^\.\//, '')
  const found = files.find((file) => file.name === normal)
  if (found) return found
  const names = files.map((file) => file.name)
  const near = nearest(normal, names)
  throw new RetortError({
    code: 'data/not-found',
    message: `${flag} ${name}: there is no such file`,
    hint: near ? `Did you mean ${flag} ${near}?` : `Give one of: ${some(names)}`,
    path: name,
    values: { flag, nearest: near ?? null },
  })
}

/** The first few names of a list, for a sentence. */
export function some(names: readonly string[], most = 8): string {
  const shown = names.slice(0, most).join(', ')
  return names.length > most ? `${shown} and ${names.length - most} more` : shown
}

/** Whether files differ in nothing but numbers, as `train-00000-of-00002.parquet` does from its next. */
function areShards(files: readonly Named[]): boolean {
  return files.every(({ name }) => shardKey(name) === shardKey(files[0].name))
}

function shardKey(name: string): string {
  return name.replace(/\d+/g, '#')
}

function ambiguous(files: readonly Named[]): RetortError {
  const others = files.filter(({ name }) => roleOf(name) === 'train' || roleOf(name) === undefined)
  const names = (others.length > 0 ? others : files).map(({ name }) => name)
  return new RetortError({
    code: 'data/ambiguous-split',
    message: `${some(names)}: it is not clear which of these is the training split`,
    why: 'Names that contain train and test are recognised; shards of one split differ in their numbers only.',
    hint: `Say which: --train ${names[0]}`,
    values: { candidates: names.length },
  })
}

/** The words of a name; `Xtrain` and `trainLabels` count as two. */
function split(name: string): string[] {
  return name
    .toLowerCase()
    .replace(/(?<![a-z0-9])([xy])(train|test|val)/g, '$1 $2')
    .replace(/(train|test|val)(x|y|images|labels|data|set)(?![a-z0-9])/g, '$1 $2')
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
}

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(' '))
}
