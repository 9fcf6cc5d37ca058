import { unfit } from './requests.ts'

/** What one convolution layer does to the shape of an image. */
export interface ConvGeometry {
  readonly height: number
  readonly width: number
  readonly channels: number
  readonly kernel: number
  readonly stride: number
  readonly padding: number
  readonly outHeight: number
  readonly outWidth: number
  readonly outChannels: number
}

export interface ConvSettings {
  readonly channels: number
  readonly kernel: number
  readonly stride: number
  readonly padding: number
}

/**
 * @param id of the map, for the error
 * @param shape [height, width, channels] of what comes in
 * @throws RetortError `config/feature-map` where the kernel does not fit into the padded image
 */
export function convGeometry(id: string, shape: readonly number[], settings: ConvSettings): ConvGeometry {
  const [height, width, channels] = shape
  const { kernel, stride, padding } = settings
  const side = (length: number) => Math.floor((length + 2 * padding - kernel) / stride) + 1
  const geometry = {
    height,
    width,
    channels,
    kernel,
    stride,
    padding,
    outHeight: side(height),
    outWidth: side(width),
    outChannels: settings.channels,
  }
  if (geometry.outHeight < 1 || geometry.outWidth < 1) {
    throw unfit(
      id,
      `a ${kernel} × ${kernel} kernel does not fit into ${height} × ${width} with padding ${padding}`,
      { kernel, height, width, padding },
    )
  }
  return geometry
}

/** Values of one patch: kernel · kernel · channels, in the order row, column, channel. */
export function patchSize({ kernel, channels }: ConvGeometry): number {
  return kernel * kernel * channels
}

/** Positions of the kernel: rows of the patch matrix of one image. */
export function positions({ outHeight, outWidth }: ConvGeometry): number {
  return outHeight * outWidth
}

/** Whether no input value is read by two positions and all positions see the same part of the kernel. */
export function isLocal({ kernel, stride, padding }: ConvGeometry): boolean {
  return stride >= kernel && padding === 0
}
