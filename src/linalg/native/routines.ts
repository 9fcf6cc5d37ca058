import type { KoffiFunc, LibraryHandle } from 'koffi'

export type NativeFunction = KoffiFunc<(...args: unknown[]) => number | undefined>

/** CBLAS takes sizes and scalars by value. `real`: float or double; `array`: a pointer. */
const cblasSignatures = {
  gemm: 'int int int int int int real array int array int real array int',
  syrk: 'int int int int int real array int real array int',
  trsm: 'int int int int int int int real array int array int',
  asum: 'int array int',
} as const

/**
 * LAPACK takes everything by address, in this order:
 * c character · i integer · a array · w workspace and its length · v integer workspace and its length · ! info.
 */
const lapackSignatures = {
  lacpy: 'ciiaiai',
  potrf: 'ciai!',
  getrf: 'iiaia!',
  lapmt: 'iiiaia',
  gelqf: 'iiaiaw!',
  orglq: 'iiiaiaw!',
  geqrf: 'iiaiaw!',
  orgqr: 'iiiaiaw!',
  geqp3: 'iiaiaaw!',
  ormqr: 'cciiiaiaaiw!',
  ormlq: 'cciiiaiaaiw!',
  tzrzf: 'iiaiaw!',
  ormrz: 'cciiiiaiaaiw!',
  syevd: 'cciaiawv!',
  gesdd: 'ciiaiaaiaiwa!',
  gesvd: 'cciiaiaaiaiw!',
} as const

export type CblasName = keyof typeof cblasSignatures
export type LapackName = keyof typeof lapackSignatures

export interface LapackRoutine {
  readonly name: string
  readonly signature: string
  readonly native: NativeFunction
}

/** The routines of one element type. */
export interface Routines {
  readonly cblas: Readonly<Record<CblasName, NativeFunction>>
  readonly lapack: Readonly<Record<LapackName, LapackRoutine>>
}

/** @throws Error naming the first routine that the library lacks */
export function bindRoutines(library: LibraryHandle, type: 'float32' | 'float64'): Routines {
  const prefix = type === 'float32' ? 's' : 'd'
  const real = type === 'float32' ? 'float' : 'double'
  const cblas = (name: CblasName) => {
    const parameters = cblasSignatures[name]
      .split(' ')
      .map((kind) => (kind === 'array' ? 'void *' : kind === 'real' ? real : kind))
    return bind(library, `cblas_${prefix}${name}`, name === 'asum' ? real : 'void', parameters)
  }
  const lapack = (name: LapackName): LapackRoutine => {
    const signature = lapackSignatures[name]
    const pointers = [...signature].flatMap((kind) => (kind === 'w' || kind === 'v' ? [kind, kind] : [kind]))
    // Fortran passes the length of every character argument, unseen, at the end.
    const lengths = pointers.filter((kind) => kind === 'c').map(() => 'size_t')
    const parameters = [...pointers.map(() => 'void *'), ...lengths]
    return { name: prefix + name, signature, native: bind(library, `${prefix}${name}_`, 'void', parameters) }
  }
  return {
    cblas: { gemm: cblas('gemm'), syrk: cblas('syrk'), trsm: cblas('trsm'), asum: cblas('asum') },
    lapack: {
      lacpy: lapack('lacpy'),
      potrf: lapack('potrf'),
      getrf: lapack('getrf'),
      lapmt: lapack('lapmt'),
      gelqf: lapack('gelqf'),
      orglq: lapack('orglq'),
      geqrf: lapack('geqrf'),
      orgqr: lapack('orgqr'),
      geqp3: lapack('geqp3'),
      ormqr: lapack('ormqr'),
      ormlq: lapack('ormlq'),
      tzrzf: lapack('tzrzf'),
      ormrz: lapack('ormrz'),
      syevd: lapack('syevd'),
      gesdd: lapack('gesdd'),
      gesvd: lapack('gesvd'),
    },
  }
}

function bind(library: LibraryHandle, symbol: string, result: string, parameters: string[]): NativeFunction {
  try {
    return library.func(symbol, result, parameters)
  } catch (cause) {
    throw new Error(`it lacks ${symbol}`, { cause })
  }
}
