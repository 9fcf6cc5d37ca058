import type { RetortError } from '#core/errors'
import type { AnyMatrix, Matrix } from '#core/matrix'
import { matrix, matrix32 } from '#core/matrix'
import type { GridIntegers } from '#core/point-grid'
import type { GridStorage } from '#core/storage'
import type { SafetensorsFile, TensorArray } from '#data/formats/safetensors'
import { corruptFile } from './faults.ts'
import { firstNotFinite } from './tensor-inputs.ts'

/** Reads tensors by name and checks type, shape and finiteness; `done` then finds what nobody asked for. */
export class TensorReader {
  readonly #file: string
  readonly #source: SafetensorsFile
  readonly #taken = new Set<string>()

  constructor(file: string, source: SafetensorsFile) {
    this.#file = file
    this.#source = source
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#source.tensors, name)
  }

  async matrix(name: string, dtype: 'F32' | 'F64', rows: number | undefined, cols: number): Promise<Matrix> {
    const height = rows ?? this.#shape(name)[0] ?? 0
    return matrix(height, cols, await this.#floats(name, dtype, [height, cols]))
  }

  /** Rows of integers, as many as the file has. */
  async integers(name: string, storage: GridStorage, cols: number): Promise<GridIntegers> {
    const dtype = storage === 'uint8' ? 'U8' : 'U16'
    const data = await this.#tensor(name, dtype, [this.#shape(name)[0] ?? 0, cols])
    if (data instanceof Uint8Array || data instanceof Uint16Array) return data
    throw this.#corrupt(`'${name}' holds no integers`)
  }

  /** Of a length that the file decides where it is not given. */
  async vector(name: string, length?: number): Promise<Float64Array> {
    return this.#floats(name, 'F64', [length ?? this.#shape(name)[0] ?? 0])
  }

  /** A matrix in the element type that the file has it in. */
  async anyMatrix(name: string, rows: number, cols: number): Promise<AnyMatrix> {
    const single = this.has(name) && this.#source.tensors[name].dtype === 'F32'
    const data = await this.#floats(name, single ? 'F32' : 'F64', [rows, cols])
    return single ? matrix32(rows, cols, Float32Array.from(data)) : matrix(rows, cols, data)
  }

  async classes(name: string, length: number, count: number): Promise<Int32Array> {
    const data = await this.#tensor(name, 'I32', [length])
    const classes = Int32Array.from(data, Number)
    const wrong = classes.findIndex((index) => index < 0 || index >= count)
    if (wrong >= 0) throw this.#corrupt(`class ${classes[wrong]} of point ${wrong} is not in 0..${count - 1}`)
    return classes
  }

  #shape(name: string): readonly number[] {
    return this.has(name) ? this.#source.tensors[name].shape : []
  }

  done(): void {
    const extra = Object.keys(this.#source.tensors).filter((name) => !this.#taken.has(name))
    if (extra.length > 0) throw this.#corrupt(`it holds unknown tensors: ${extra.join(', ')}`)
  }

  async #floats(name: string, dtype: 'F32' | 'F64', shape: number[]): Promise<Float64Array> {
    const stored = await this.#tensor(name, dtype, shape)
    if (!(stored instanceof Float64Array || stored instanceof Float32Array)) {
      throw this.#corrupt(`'${name}' holds no floating-point numbers`)
    }
    const data = stored instanceof Float64Array ? stored : new Float64Array(stored)
    const wrong = firstNotFinite(data)
    if (wrong >= 0) throw this.#corrupt(`element ${wrong} of '${name}' is ${data[wrong]}`)
    return data
  }

  async #tensor(name: string, dtype: string, shape: number[]): Promise<TensorArray> {
    if (!this.has(name)) throw this.#corrupt(`it lacks the tensor '${name}'`)
    const entry = this.#source.tensors[name]
    if (entry.dtype !== dtype || entry.shape.join() !== shape.join()) {
      throw this.#corrupt(
        `'${name}' is ${entry.dtype} [${entry.shape.join(', ')}], not ${dtype} [${shape.join(', ')}]`,
      )
    }
    this.#taken.add(name)
    return entry.read()
  }

  #corrupt(message: string): RetortError {
    return corruptFile(this.#file, message)
  }
}
