import { describe, expect, test } from "vitest";
import "./page";
import { height, labelled, linePath, scaleOf } from "../../src/admin/parts/plot";
import { measured, qualityPlots } from "../../src/admin/parts/quality";

describe("scales", () => {
  test("steps are round and reach over the highest value", () => {
    expect(scaleOf([3, 7])).toEqual({ max: 8, ticks: [0, 2, 4, 6, 8] });
    expect(scaleOf([0, 0]).max).toBe(1);
    expect(scaleOf([]).ticks[0]).toBe(0);
    expect(scaleOf([1234]).ticks).toEqual([0, 500, 1000, 1500]);
    expect(scaleOf([0, 1]).ticks).toEqual([0, 1]);
    expect(scaleOf([0.3, 1]).ticks).toEqual([0, 0.5, 1]);
    for (const value of [1, 9, 10, 11, 99, 101, 2_500_000]) {
      const scale = scaleOf([value]);
      expect(scale.max).toBeGreaterThanOrEqual(value);
      expect(scale.ticks.length).toBeLessThanOrEqual(6);
    }
  });
  test("nothing is drawn below the ground or for what is no number", () => {
    const scale = scaleOf([10]);
    expect(height(-3, scale, 100)).toBe(0);
    expect(height(10, scale, 100)).toBeGreaterThan(80);
    expect(scaleOf([NaN, 4]).max).toBe(4);
  });
});

describe("lines", () => {
  test("a value that is missing is a gap", () => {
    expect(linePath([0, null, 2, 2], { max: 2, ticks: [] }, 30, 10)).toBe("M0.0 10.0M20.0 0.0L30.0 0.0");
    expect(linePath([], scaleOf([]), 30, 10)).toBe("");
  });
  test("names below do not run into each other", () => {
    expect(labelled(31, 8)).toEqual([0, 4, 8, 12, 16, 20, 24, 28]);
    expect(labelled(3, 8)).toEqual([0, 1, 2]);
    expect(labelled(0, 8)).toEqual([]);
  });
});

describe("quality", () => {
  test("numbers with and without their unit", () => {
    expect(measured("64 kbps")).toEqual({ number: 64, unit: "kbps" });
    expect(measured("1.5%")).toEqual({ number: 1.5, unit: "%" });
    expect(measured(12)).toEqual({ number: 12, unit: "" });
    expect(measured("")).toBeNull();
    expect(measured(undefined)).toBeNull();
    expect(measured("640*360")).toBeNull();
  });
  test("one plot a measure, one line a kind of media, gaps where nothing was measured", () => {
    const plots = qualityPlots({
      user_id: "1", user_name: "Ada", device: "", join_time: "",
      user_qos: [
        { date_time: "2026-11-28T08:00:00Z", audio_input: { bitrate: "40 kbps", avg_loss: "0%" }, video_input: { bitrate: "900 kbps" } },
        { date_time: "2026-11-28T08:01:00Z", audio_input: { bitrate: "42 kbps" }, video_input: { bitrate: "" } },
      ],
    });
    expect(plots.map((p) => [p.measure, p.unit])).toEqual([["bitrate", "kbps"], ["avg_loss", "%"]]);
    expect(plots[0]!.names).toEqual(["08:00:00", "08:01:00"]);
    expect(plots[0]!.series).toEqual([{ name: "audio_input", values: [40, 42] }, { name: "video_input", values: [900, null] }]);
  });
});
