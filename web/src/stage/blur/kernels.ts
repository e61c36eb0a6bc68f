// The arithmetic of a small convolutional network, on tensors that lie as [y][x][channel]. Plain loops: what matters for
// speed is that the innermost ones walk along memory.
import type { Shape } from "./model";

export interface Tensor {
  shape: Shape;
  data: Float32Array;
}

/** How many lines or columns "same" padding puts in front. */
const before = (input: number, output: number, kernel: number, stride: number): number => Math.max(0, (output - 1) * stride + kernel - input) >> 1;

type Filter = { weights: Float32Array; bias: Float32Array; kernel: readonly [number, number]; stride: readonly [number, number] };

/** Sums of products of `depth` numbers from `at` on with every row of `weights`. Four rows at a time read the input once. */
function rows(input: Float32Array, at: number, depth: number, weights: Float32Array, bias: Float32Array, out: Float32Array, to: number): void {
  const count = bias.length;
  let row = 0;
  for (; row + 3 < count; row += 4) {
    let a = bias[row]!, b = bias[row + 1]!, c = bias[row + 2]!, d = bias[row + 3]!;
    let w = row * depth;
    for (let k = 0; k < depth; ++k, ++w) {
      const x = input[at + k]!;
      a += x * weights[w]!;
      b += x * weights[w + depth]!;
      c += x * weights[w + 2 * depth]!;
      d += x * weights[w + 3 * depth]!;
    }
    out[to + row] = a;
    out[to + row + 1] = b;
    out[to + row + 2] = c;
    out[to + row + 3] = d;
  }
  for (; row < count; ++row) {
    let a = bias[row]!;
    for (let k = 0, w = row * depth; k < depth; ++k, ++w) a += input[at + k]! * weights[w]!;
    out[to + row] = a;
  }
}

/** "Same" padding. */
export function conv(input: Tensor, filter: Filter, out: Tensor): void {
  const [height, width, depth] = input.shape;
  const [outHeight, outWidth, outDepth] = out.shape;
  const [kernelHeight, kernelWidth] = filter.kernel;
  const [strideY, strideX] = filter.stride;
  if (kernelHeight === 1 && kernelWidth === 1 && strideY === 1 && strideX === 1) {
    for (let p = 0; p < height * width; ++p) rows(input.data, p * depth, depth, filter.weights, filter.bias, out.data, p * outDepth);
    return;
  }
  const top = before(height, outHeight, kernelHeight, strideY);
  const left = before(width, outWidth, kernelWidth, strideX);
  const patch = new Float32Array(kernelHeight * kernelWidth * depth);
  for (let y = 0; y < outHeight; ++y) {
    for (let x = 0; x < outWidth; ++x) {
      patch.fill(0);
      for (let ky = 0; ky < kernelHeight; ++ky) {
        const fromY = y * strideY + ky - top;
        if (fromY < 0 || fromY >= height) continue;
        for (let kx = 0; kx < kernelWidth; ++kx) {
          const fromX = x * strideX + kx - left;
          if (fromX < 0 || fromX >= width) continue;
          const at = (fromY * width + fromX) * depth;
          for (let c = 0, to = (ky * kernelWidth + kx) * depth; c < depth; ++c) patch[to + c] = input.data[at + c]!;
        }
      }
      rows(patch, 0, patch.length, filter.weights, filter.bias, out.data, (y * outWidth + x) * outDepth);
    }
  }
}

/** Each channel with a filter of its own; "same" padding. */
export function depthwise(input: Tensor, { weights, bias, kernel, stride }: Filter, out: Tensor): void {
  const [height, width, depth] = input.shape;
  const [outHeight, outWidth] = out.shape;
  const top = before(height, outHeight, kernel[0], stride[0]);
  const left = before(width, outWidth, kernel[1], stride[1]);
  const { data } = input;
  const to = out.data;
  for (let y = 0; y < outHeight; ++y) {
    for (let x = 0; x < outWidth; ++x) {
      const o = (y * outWidth + x) * depth;
      for (let c = 0; c < depth; ++c) to[o + c] = bias[c]!;
      for (let ky = 0; ky < kernel[0]; ++ky) {
        const fromY = y * stride[0] + ky - top;
        if (fromY < 0 || fromY >= height) continue;
        for (let kx = 0; kx < kernel[1]; ++kx) {
          const fromX = x * stride[1] + kx - left;
          if (fromX < 0 || fromX >= width) continue;
          const i = (fromY * width + fromX) * depth;
          const w = (ky * kernel[1] + kx) * depth;
          for (let c = 0; c < depth; ++c) to[o + c]! += data[i + c]! * weights[w + c]!;
        }
      }
    }
  }
}

/** Every pixel becomes a tile as large as the filter; tiles do not overlap. Weights as of `conv`. */
export function upconv(input: Tensor, { weights, bias, kernel }: Filter, out: Tensor): void {
  const [height, width, depth] = input.shape;
  const [, outWidth, outDepth] = out.shape;
  for (let y = 0; y < height; ++y) {
    for (let x = 0; x < width; ++x) {
      const at = (y * width + x) * depth;
      for (let o = 0; o < outDepth; ++o) {
        for (let ky = 0; ky < kernel[0]; ++ky) {
          for (let kx = 0; kx < kernel[1]; ++kx) {
            let sum = bias[o]!;
            for (let c = 0, w = ((o * kernel[0] + ky) * kernel[1] + kx) * depth; c < depth; ++c) sum += input.data[at + c]! * weights[w + c]!;
            out.data[((y * kernel[0] + ky) * outWidth + x * kernel[1] + kx) * outDepth + o] = sum;
          }
        }
      }
    }
  }
}

export function relu({ data }: Tensor, out: Tensor): void {
  for (let k = 0; k < data.length; ++k) out.data[k] = Math.max(0, data[k]!);
}

export function hardSwish({ data }: Tensor, out: Tensor): void {
  for (let k = 0; k < data.length; ++k) out.data[k] = (data[k]! * Math.min(6, Math.max(0, data[k]! + 3))) / 6;
}

export function sigmoid({ data }: Tensor, out: Tensor): void {
  for (let k = 0; k < data.length; ++k) out.data[k] = 1 / (1 + Math.exp(-data[k]!));
}

export function add(a: Tensor, b: Tensor, out: Tensor): void {
  for (let k = 0; k < out.data.length; ++k) out.data[k] = a.data[k]! + b.data[k]!;
}

/** `b` is as large as `a`, or one pixel that counts for all. */
export function multiply(a: Tensor, b: Tensor, out: Tensor): void {
  const period = b.data.length;
  for (let k = 0; k < out.data.length; k += period) for (let c = 0; c < period; ++c) out.data[k + c] = a.data[k + c]! * b.data[c]!;
}

/** Of each channel over the whole picture. */
export function mean({ shape, data }: Tensor, out: Tensor): void {
  const depth = shape[2];
  const sums = new Float64Array(depth);
  for (let k = 0; k < data.length; k += depth) for (let c = 0; c < depth; ++c) sums[c]! += data[k + c]!;
  for (let c = 0; c < depth; ++c) out.data[c] = sums[c]! / (shape[0] * shape[1]);
}

/** For each line of the result the two it lies between, and how near to the second. Pixels are where their middle is. */
function between(from: number, to: number): { low: number; high: number; share: number }[] {
  return Array.from({ length: to }, (_, k) => {
    const at = Math.min(from - 1, Math.max(0, ((k + 0.5) * from) / to - 0.5));
    const low = Math.floor(at);
    return { low, high: Math.min(from - 1, low + 1), share: at - low };
  });
}

export function resize({ shape: [height, width, depth], data }: Tensor, out: Tensor): void {
  const across = between(width, out.shape[1]);
  let o = 0;
  for (const y of between(height, out.shape[0])) {
    for (const x of across) {
      const a = (y.low * width + x.low) * depth, b = (y.low * width + x.high) * depth, c = (y.high * width + x.low) * depth, d = (y.high * width + x.high) * depth;
      for (let k = 0; k < depth; ++k, ++o) {
        const upper = data[a + k]! + (data[b + k]! - data[a + k]!) * x.share;
        const lower = data[c + k]! + (data[d + k]! - data[c + k]!) * x.share;
        out.data[o] = upper + (lower - upper) * y.share;
      }
    }
  }
}
