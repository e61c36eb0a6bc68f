// Runs a model: all memory is taken once, so that nothing is thrown away thirty times a second.
import { add, conv, depthwise, hardSwish, mean, multiply, relu, resize, sigmoid, type Tensor, upconv } from "./kernels";
import { type Model, type Step, UnknownModel } from "./model";

const oneInput = { conv, depthwise, upconv } as const;
const plain = { relu, hardSwish, sigmoid, mean, resize } as const;

export class Network {
  /** Written by the caller before `run`. */
  readonly input: Tensor;
  /** Read after it. */
  readonly output: Tensor;
  private readonly program: (() => void)[];

  constructor(model: Model) {
    const tensors = new Map<number, Tensor>();
    for (const [index, shape] of model.shapes) tensors.set(index, { shape, data: new Float32Array(shape[0] * shape[1] * shape[2]) });
    const tensor = (index: number): Tensor => {
      const found = tensors.get(index);
      if (!found) throw new UnknownModel("a tensor that is not there");
      return found;
    };
    this.input = tensor(model.input);
    this.output = tensor(model.output);
    this.program = model.steps.map((step) => prepared(step, step.inputs.map(tensor), tensor(step.output)));
  }

  run(): void {
    for (const step of this.program) step();
  }
}

/** Sizes are compared once; the loops trust them. */
function prepared(step: Step, inputs: Tensor[], out: Tensor): () => void {
  const input = inputs[0]!;
  const fits = (fine: boolean): void => {
    if (!fine) throw new UnknownModel(`sizes of ${step.kind}`);
  };
  const [height, width, depth] = input.shape;
  switch (step.kind) {
    case "conv":
    case "depthwise":
    case "upconv": {
      const area = step.kernel[0] * step.kernel[1];
      const up = step.kind === "upconv";
      fits(step.bias.length === out.shape[2] && step.weights.length === area * depth * (step.kind === "depthwise" ? 1 : out.shape[2]));
      fits(step.kind !== "depthwise" || depth === out.shape[2]);
      fits(out.shape[0] === (up ? height * step.stride[0] : Math.ceil(height / step.stride[0])) && out.shape[1] === (up ? width * step.stride[1] : Math.ceil(width / step.stride[1])));
      const kernel = oneInput[step.kind];
      return () => kernel(input, step, out);
    }
    case "add":
    case "multiply": {
      const other = inputs[1]!;
      fits(input.data.length === out.data.length && (other.data.length === out.data.length || (step.kind === "multiply" && other.data.length === depth)));
      return step.kind === "add" ? () => add(input, other, out) : () => multiply(input, other, out);
    }
    default: {
      fits(out.shape[2] === depth && (step.kind === "resize" || out.data.length === (step.kind === "mean" ? depth : input.data.length)));
      const kernel = plain[step.kind];
      return () => kernel(input, out);
    }
  }
}
