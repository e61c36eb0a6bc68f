// Reads a network out of a TensorFlow Lite file (a FlatBuffer): its tensors, its steps in their order, its numbers as
// 32-bit floats. Only what segmentation models are made of; anything else is refused, so that nothing is computed wrongly.

export type Shape = readonly [height: number, width: number, channels: number];

interface Filter {
  weights: Float32Array;
  bias: Float32Array;
  kernel: readonly [height: number, width: number];
  stride: readonly [height: number, width: number];
}
/** Tensors are named by number. Weights of `conv` lie as [out][y][x][in], of `depthwise` as [y][x][channel]. */
export type Step = { inputs: readonly number[]; output: number } & (
  | ({ kind: "conv" | "depthwise" | "upconv" } & Filter)
  | { kind: "relu" | "hardSwish" | "sigmoid" | "add" | "multiply" | "mean" | "resize" }
);
export interface Model {
  shapes: ReadonlyMap<number, Shape>;
  steps: readonly Step[];
  input: number;
  output: number;
}

export class UnknownModel extends Error {}

const check = (fine: boolean, what: string): void => {
  if (!fine) throw new UnknownModel(what);
};

/** Tables and vectors of a FlatBuffer; a DataView throws where something lies outside of the file. */
class Tables {
  constructor(readonly view: DataView) {}
  u32 = (at: number): number => this.view.getUint32(at, true);
  i32 = (at: number): number => this.view.getInt32(at, true);
  private follow = (at: number): number => at + this.u32(at);

  root(): number {
    return this.u32(0);
  }
  /** Where a field lies, 0 when it has its default. */
  field(table: number, index: number): number {
    const fields = table - this.i32(table);
    if (4 + 2 * index >= this.view.getUint16(fields, true)) return 0;
    const offset = this.view.getUint16(fields + 4 + 2 * index, true);
    return offset === 0 ? 0 : table + offset;
  }
  number(table: number, index: number, otherwise: number): number {
    const at = this.field(table, index);
    return at === 0 ? otherwise : this.i32(at);
  }
  byte(table: number, index: number): number {
    const at = this.field(table, index);
    return at === 0 ? 0 : this.view.getUint8(at);
  }
  table(table: number, index: number): number {
    const at = this.field(table, index);
    return at === 0 ? 0 : this.follow(at);
  }
  /** Where a vector's content begins, and how many elements it has. */
  vector(table: number, index: number): { at: number; length: number } {
    const field = this.field(table, index);
    if (field === 0) return { at: 0, length: 0 };
    const at = this.follow(field);
    return { at: at + 4, length: this.u32(at) };
  }
  private each<T>(table: number, index: number, read: (at: number) => T): T[] {
    const { at, length } = this.vector(table, index);
    check(length * 4 <= this.view.byteLength, "a vector is longer than the file");
    return Array.from({ length }, (_, k) => read(at + 4 * k));
  }
  tables = (table: number, index: number): number[] => this.each(table, index, this.follow);
  numbers = (table: number, index: number): number[] => this.each(table, index, this.i32);
}

export function halfToFloat(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Numbers of the file's format. */
const operators = { add: 0, conv: 3, depthwise: 4, dequantize: 6, sigmoid: 14, multiply: 18, relu: 19, resize: 23, custom: 32, mean: 40, hardSwish: 117 } as const;
const types = { float: 0, half: 1 } as const;

export function readModel(file: ArrayBuffer): Model {
  const t = new Tables(new DataView(file));
  const model = t.root();
  // The operator's number was a byte first and became wider: the larger one counts.
  const codes = t.tables(model, 1).map((code) => Math.max(t.byte(code, 0), t.number(code, 3, 0)));
  const buffers = t.tables(model, 4);
  const graphs = t.tables(model, 2);
  check(graphs.length === 1, "one graph");
  const graph = graphs[0]!;
  const tensors = t.tables(graph, 0).map((table) => ({ shape: t.numbers(table, 0), type: t.byte(table, 1), buffer: t.number(table, 2, 0) }));
  const tensor = (index: number) => {
    check(tensors[index] !== undefined, "a tensor that is not there");
    return tensors[index]!;
  };

  const constants = new Map<number, Float32Array>();
  const constant = (index: number): Float32Array => {
    const known = constants.get(index);
    if (known) return known;
    const { type, buffer, shape } = tensor(index);
    const { at, length } = t.vector(buffers[buffer]!, 0);
    const count = shape.reduce((all, one) => all * one, 1);
    const size = type === types.float ? 4 : 2;
    check((type === types.float || type === types.half) && length === count * size && at + length <= file.byteLength, "weights");
    const numbers = Float32Array.from({ length: count }, (_, k) => (type === types.float ? t.view.getFloat32(at + 4 * k, true) : halfToFloat(t.view.getUint16(at + 2 * k, true))));
    constants.set(index, numbers);
    return numbers;
  };

  const steps: Step[] = [];
  for (const operator of t.tables(graph, 3)) {
    const code = codes[t.number(operator, 0, 0)];
    const inputs = t.numbers(operator, 1);
    const output = t.numbers(operator, 2)[0]!;
    const options = t.table(operator, 4);
    const option = (index: number, otherwise: number) => (options === 0 ? otherwise : t.number(options, index, otherwise));
    const flag = (index: number) => options !== 0 && t.byte(options, index) !== 0;
    const filter = (): Filter => {
      const shape = tensor(inputs[1]!).shape;
      return { weights: constant(inputs[1]!), bias: constant(inputs[2]!), kernel: [shape[1]!, shape[2]!], stride: [option(2, 1), option(1, 1)] };
    };
    const data = [inputs[0]!];
    switch (code) {
      case operators.dequantize:
        constants.set(output, constant(inputs[0]!));
        break;
      case operators.conv:
      case operators.depthwise: {
        const kind = code === operators.conv ? "conv" : "depthwise";
        const made = filter();
        // "Valid" padding says the same as "same" where a filter is one pixel wide.
        check(!flag(0) || (made.kernel[0] === 1 && made.kernel[1] === 1), "padding");
        check(!flag(kind === "conv" ? 3 : 4), "an activation within a filter");
        steps.push({ kind, inputs: data, output, ...made });
        break;
      }
      case operators.custom: {
        // Convolution2DTransposeBias: padding, width and height of the stride.
        const { at, length } = t.vector(operator, 5);
        check(length === 12, "an operator of its own");
        const made: Filter = { ...filter(), stride: [t.i32(at + 8), t.i32(at + 4)] };
        check(made.kernel[0] === made.stride[0] && made.kernel[1] === made.stride[1], "overlapping tiles");
        steps.push({ kind: "upconv", inputs: data, output, ...made });
        break;
      }
      case operators.add:
      case operators.multiply:
        check(!flag(0), "an activation within a sum");
        steps.push({ kind: code === operators.add ? "add" : "multiply", inputs: inputs.slice(0, 2), output });
        break;
      case operators.relu:
      case operators.hardSwish:
      case operators.sigmoid:
        steps.push({ kind: code === operators.relu ? "relu" : code === operators.sigmoid ? "sigmoid" : "hardSwish", inputs: data, output });
        break;
      case operators.mean:
        check(flag(0), "a mean that drops dimensions");
        steps.push({ kind: "mean", inputs: data, output });
        break;
      case operators.resize:
        check(!flag(2) && flag(3), "resizing by corners");
        steps.push({ kind: "resize", inputs: data, output });
        break;
      default:
        throw new UnknownModel(`operator ${code}`);
    }
  }

  const input = t.numbers(graph, 1)[0]!;
  const output = t.numbers(graph, 2)[0]!;
  const shapes = new Map<number, Shape>();
  for (const index of new Set([input, ...steps.flatMap((step) => [...step.inputs, step.output])])) {
    const { shape, type } = tensor(index);
    const [batch, height, width, channels] = shape;
    check(type === types.float && shape.length === 4 && batch === 1 && height! * width! * channels! <= 1 << 22 && Math.min(height!, width!, channels!) > 0, "a tensor's shape");
    shapes.set(index, [height!, width!, channels!]);
  }
  return { shapes, steps, input, output };
}
