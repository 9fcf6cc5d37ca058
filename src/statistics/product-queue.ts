import type { AnyMatrix } from '#core/matrix'
import { RetortError } from '#core/errors'
import { isFloat32, matrix, matrix32 } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import { NotFiniteSum, addBinnedProduct } from './binned-sums.ts'
import type { RowBuffer, RowWriter } from './block-rows.ts'
import { addExactProduct } from './exact-sums.ts'
import type { StatisticsRecord } from './record.ts'

/**
 * Turns filled row buffers into symmetric products and adds these to records. While one product is computed on
 * another thread, the one before it is being added and the next buffer is being filled.
 */
export interface ProductQueue {
  /** An empty buffer, once one is free. @throws what failed in the meantime */
  take(): Promise<RowBuffer>
  /** Hands a filled buffer over; it comes back by `take`. */
  submit(buffer: RowBuffer, record: StatisticsRecord): void
  /** Resolves when all is added. @throws what failed in the meantime */
  drain(): Promise<void>
}

/** Memory for buffers and for products, each. */
const budget = 128 * 2 ** 20

export function createProductQueue(blas: Blas, writer: RowWriter, rows: number): ProductQueue {
  const { size, bytesPerRow } = writer
  const elementBytes = bytesPerRow / size
  // Two records may each hold a buffer while a third is in flight.
  const buffers = createStock(within(rows * bytesPerRow, 3, 2), () => writer.create(rows))
  const products = createStock(within(size * size * elementBytes, 2, 1), () =>
    elementBytes === 4 ? matrix32(size, size) : matrix(size, size),
  )
  const pending = new Set<Promise<void>>()
  let failure: { error: unknown } | undefined

  const work = async (buffer: RowBuffer, record: StatisticsRecord): Promise<void> => {
    const product = await products.take()
    try {
      await multiply(blas, writer.matrixOf(buffer), product)
      buffer.count = 0
      buffers.give(buffer)
      if (record.sums.kind === 'exact') await addExactProduct(record.sums, product)
      else if (!isFloat32(product)) await addBinnedProduct(record.sums, product)
    } finally {
      products.give(product)
    }
  }

  const submit = (buffer: RowBuffer, record: StatisticsRecord): void => {
    const task = work(buffer, record)
      .catch((error: unknown) => {
        failure ??= { error: error instanceof NotFiniteSum ? overflow() : error }
        buffers.fail(failure.error)
      })
      .finally(() => pending.delete(task))
    pending.add(task)
  }

  return {
    take: () => buffers.take(),
    submit,
    async drain() {
      await Promise.all(pending)
      if (failure) throw failure.error
    },
  }
}

async function multiply(blas: Blas, rows: AnyMatrix, c: AnyMatrix): Promise<void> {
  if (isFloat32(rows) && isFloat32(c)) await blas.syrk(rows, { transpose: true, c })
  else if (!isFloat32(rows) && !isFloat32(c)) await blas.syrk(rows, { transpose: true, c })
}

function overflow(): RetortError {
  return new RetortError({
    code: 'data/overflow',
    message: 'The inputs hold values whose squares exceed 1.8e308, the largest number of float64',
    hint: 'Divide the largest columns of the dataset by a power of ten.',
  })
}

function within(bytes: number, most: number, least: number): number {
  return Math.max(least, Math.min(most, Math.floor(budget / bytes)))
}

interface Stock<T> {
  take(): Promise<T>
  give(item: T): void
  /** Every later `take`, and those that wait, reject. */
  fail(error: unknown): void
}

/** At most `most` items, made when first needed. */
function createStock<T>(most: number, make: () => T): Stock<T> {
  const free: T[] = []
  const waiting: { resolve(item: T): void; reject(error: unknown): void }[] = []
  let made = 0
  let failure: { error: unknown } | undefined
  return {
    async take() {
      if (failure) throw failure.error
      const item = free.pop()
      if (item !== undefined) return item
      if (made < most) {
        made++
        return make()
      }
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }))
    },
    give(item) {
      const next = waiting.shift()
      if (next) next.resolve(item)
      else free.push(item)
    },
    fail(error) {
      failure = { error }
      for (const { reject } of waiting.splice(0)) reject(error)
    },
  }
}
