"""Makes the test recordings and says how much of them came out at the other end: correlation, delay, SSIM, STOI, lip sync.

The video carries its own frame number as sixteen black or white cells along its top edge, so every frame that arrives is compared
with exactly the frame that was sent. A strip along the bottom flashes at every whole second while a beep sounds. The picture is
grey but for two patches of opposite colours, so that colour which is lost or exchanged on the way is seen.
"""
import pathlib
import subprocess

import numpy as np

WIDTH, HEIGHT, FPS = 640, 360, 30
RATE = 48_000
CELLS = 16
FLASH_FRAMES = 5
BEEP_SECONDS = 0.1
# Where the patches are (rows, columns) and their colour: U and V, grey is 128. Between the cells and the boxes that move.
PATCHES = ((slice(56, 96), slice(64, 192), (164, 92)), (slice(56, 96), slice(448, 576), (92, 164)))


def run(*command: str, data: bytes | None = None) -> bytes:
    done = subprocess.run(command, input=data, capture_output=True)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed: {done.stderr.decode(errors='replace')[-600:]}")
    return done.stdout


# ---- making -----------------------------------------------------------------------------------------------------------

def frame(number: int, flash: bool = False) -> np.ndarray:
    """One grey frame: a soft moving gradient with two moving boxes, the number on top, the flash strip below."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    picture = (90 + 50 * np.sin((x + 3 * number) / 60.0) + 40 * np.cos((y - 2 * number) / 45.0)).astype(np.float64)
    for k, (w, h, speed, grey) in enumerate(((90, 70, 5, 230), (60, 110, -4, 30))):
        left = (100 + 300 * k + speed * number) % (WIDTH - w)
        top = 110 + 60 * k
        picture[top:top + h, left:left + w] = grey
    cell = WIDTH // CELLS
    for bit in range(CELLS):
        picture[0:40, bit * cell:(bit + 1) * cell] = 235 if (number >> bit) & 1 else 16
    picture[HEIGHT - 60:, :] = 235 if flash else 16
    return np.clip(picture, 0, 255).astype(np.uint8)


def video_frames(seconds: float, flashing: bool) -> list[np.ndarray]:
    return [frame(n, flashing and n % FPS < FLASH_FRAMES) for n in range(int(seconds * FPS))]


def colour_planes() -> bytes:
    """U and V of every frame, at half the picture's size."""
    planes = np.full((2, HEIGHT // 2, WIDTH // 2), 128, np.uint8)
    for rows, columns, colour in PATCHES:
        for plane, value in zip(planes, colour):
            plane[rows.start // 2:rows.stop // 2, columns.start // 2:columns.stop // 2] = value
    return planes.tobytes()


def raw_pictures(seconds: float, flashing: bool) -> bytes:
    """`video_frames` as I420, one after the other: pictures of 0 to 255 in the range that video uses, 16 to 235."""
    colours = colour_planes()
    return b"".join(np.round(16 + f * (219 / 255)).astype(np.uint8).tobytes() + colours for f in video_frames(seconds, flashing))


def write_clip(path: pathlib.Path, seconds: float, audio: np.ndarray | None, flashing: bool = True) -> None:
    """A Matroska file: nearly lossless H.264 or MPEG-4 video of `video_frames`, and `audio` (float, 48 kHz mono) as PCM."""
    wav = path.with_suffix(".wav")
    inputs = []
    if audio is not None:
        write_wav(wav, audio)
        inputs = ["-i", str(wav), "-c:a", "pcm_s16le"]
    raw = raw_pictures(seconds, flashing)
    run("ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(FPS), "-i", "-",
        *inputs, "-pix_fmt", "yuv420p", "-c:v", "ffv1", str(path), data=raw)


def write_ffmpeg_clip(path: pathlib.Path, seconds: float, audio: np.ndarray) -> None:
    """FFmpeg's own moving test picture, in colours and full of detail, with our numbers on top of it; and `audio`."""
    wav = path.with_suffix(".wav")
    write_wav(wav, audio)
    numbers = b"".join(frame(n)[:40].tobytes() for n in range(int(seconds * FPS)))
    run("ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", f"testsrc2=size={WIDTH}x{HEIGHT}:rate={FPS}:duration={seconds}",
        "-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{WIDTH}x40", "-r", str(FPS), "-i", "-", "-i", str(wav),
        "-filter_complex", "[0:v]format=yuv420p[picture];[1:v]format=yuv420p[numbers];[picture][numbers]overlay=0:0[v]",
        "-map", "[v]", "-map", "2:a", "-c:v", "ffv1", "-c:a", "pcm_s16le", str(path), data=numbers)


def talking_clip(folder: pathlib.Path, seconds: float = 6) -> pathlib.Path:
    """`write_clip` of somebody who speaks; where it lies."""
    path = folder / "clip.mkv"
    write_clip(path, seconds, speech(seconds))
    return path


def write_light_clip(path: pathlib.Path, clip: pathlib.Path) -> None:
    """The pictures and the sound of `clip` as MPEG-4: many who play it at once leave the machine to what is measured."""
    run("ffmpeg", "-v", "error", "-y", "-i", str(clip), "-c:v", "mpeg4", "-q:v", "2", "-c:a", "copy", str(path))


def write_greedy_clip(path: pathlib.Path, seconds: float, audio: np.ndarray) -> None:
    """The same pictures at 960x540 with a little noise: the encoder takes every bit that it is given, and at a low rate it wipes the noise away."""
    small = path.with_name(f"small-{path.name}")
    write_clip(small, seconds, audio, flashing=False)
    run("ffmpeg", "-v", "error", "-y", "-i", str(small), "-vf", "scale=960:540,noise=c0s=6:c0f=t", "-c:v", "mpeg4", "-q:v", "2", "-c:a", "copy", str(path))
    small.unlink()


def write_wav(path: pathlib.Path, audio: np.ndarray) -> None:
    pcm = np.clip(audio * 32767, -32768, 32767).astype("<i2").tobytes()
    run("ffmpeg", "-v", "error", "-y", "-f", "s16le", "-ar", str(RATE), "-ac", "1", "-i", "-", str(path), data=pcm)


TEXT = ("The quick brown fox jumps over the lazy dog while seven wizards quietly examine a box of very old keys. "
        "People who meet to speak in private should be able to do so, and nobody in the middle should hear a word of it. ")


def speech(seconds: float, voice: str = "en") -> np.ndarray:
    """Real speech from espeak-ng, resampled to 48 kHz and repeated to fill `seconds`."""
    wav = run("espeak-ng", "-v", voice, "-s", "160", "--stdout", TEXT)
    pcm = run("ffmpeg", "-v", "error", "-i", "-", "-f", "s16le", "-ar", str(RATE), "-ac", "1", "-", data=wav)
    once = np.frombuffer(pcm, "<i2").astype(np.float64) / 32768
    need = int(seconds * RATE)
    return np.tile(once, need // len(once) + 1)[:need]


def beeps(seconds: float) -> np.ndarray:
    """A 1 kHz beep of 100 ms at every whole second, silence between."""
    t = np.arange(int(seconds * RATE)) / RATE
    return 0.5 * np.sin(2 * np.pi * 1000 * t) * ((t % 1.0) < BEEP_SECONDS)


# ---- reading ----------------------------------------------------------------------------------------------------------

def read_audio(path: pathlib.Path, rate: int = RATE) -> np.ndarray:
    """The whole audio track on the file's own timeline (gaps become silence), float mono."""
    pcm = run("ffmpeg", "-v", "error", "-i", str(path), "-map", "0:a:0", "-af", "aresample=async=1:min_hard_comp=0.01:first_pts=0",
              "-f", "s16le", "-ar", str(rate), "-ac", "1", "-")
    return np.frombuffer(pcm, "<i2").astype(np.float64) / 32768


def read_video(path: pathlib.Path) -> list[tuple[float, np.ndarray]]:
    """(time in seconds, grey frame scaled to the source's size) of every frame."""
    times = run("ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "frame=pts_time", "-of", "csv=p=0", str(path))
    stamps = [float(line.split(",")[0]) for line in times.decode().split() if line.strip(",")]
    raw = run("ffmpeg", "-v", "error", "-i", str(path), "-map", "0:v:0", "-vsync", "passthrough", "-vf",
              f"scale={WIDTH}:{HEIGHT}:flags=bicubic", "-f", "rawvideo", "-pix_fmt", "gray", "-")
    frames = np.frombuffer(raw, np.uint8).reshape(-1, HEIGHT, WIDTH)
    return list(zip(stamps, frames))


def packet_times(path: pathlib.Path, track: str) -> list[float]:
    """Seconds of every packet of a track ("a:0", "v:0"), ascending; nothing is decoded."""
    times = run("ffprobe", "-v", "error", "-select_streams", track, "-show_entries", "packet=pts_time", "-of", "csv=p=0", str(path))
    return sorted(float(line.split(",")[0]) for line in times.decode().split() if line.strip(","))


def read_colours(path: pathlib.Path) -> list[tuple[float, float]]:
    """Mean U and V of each patch over the whole recording."""
    raw = run("ffmpeg", "-v", "error", "-i", str(path), "-map", "0:v:0", "-vsync", "passthrough", "-vf",
              f"scale={WIDTH}:{HEIGHT}:flags=bicubic", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-")
    grey = WIDTH * HEIGHT
    planes = np.frombuffer(raw, np.uint8).reshape(-1, grey * 3 // 2)[:, grey:].reshape(-1, 2, HEIGHT // 2, WIDTH // 2)
    inside = 8  # pixels of the border that a smaller picture blurs
    return [tuple(float(planes[:, k, (rows.start + inside) // 2:(rows.stop - inside) // 2,
                               (columns.start + inside) // 2:(columns.stop - inside) // 2].mean()) for k in range(2))
            for rows, columns, _ in PATCHES]


def frame_number(picture: np.ndarray) -> int | None:
    """The number that the cells spell; None when a cell is neither black nor white (a broken picture)."""
    cell = WIDTH // CELLS
    number = 0
    for bit in range(CELLS):
        mean = picture[10:30, bit * cell + 10:(bit + 1) * cell - 10].mean()
        if 90 < mean < 160:
            return None
        number |= (1 << bit) if mean >= 160 else 0
    return number


# ---- judging ----------------------------------------------------------------------------------------------------------

def ssim(a: np.ndarray, b: np.ndarray) -> float:
    """Mean structural similarity over 8x8 windows (Wang et al. 2004), 1.0 for equal pictures."""
    def window_mean(v: np.ndarray) -> np.ndarray:
        c = np.cumsum(np.cumsum(np.pad(v, ((1, 0), (1, 0))), 0), 1)
        return (c[8:, 8:] - c[:-8, 8:] - c[8:, :-8] + c[:-8, :-8]) / 64
    x, y = a.astype(np.float64), b.astype(np.float64)
    mx, my = window_mean(x), window_mean(y)
    vx, vy, cov = window_mean(x * x) - mx * mx, window_mean(y * y) - my * my, window_mean(x * y) - mx * my
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    return float((((2 * mx * my + c1) * (2 * cov + c2)) / ((mx * mx + my * my + c1) * (vx + vy + c2))).mean())


def align(reference: np.ndarray, received: np.ndarray) -> tuple[float, int]:
    """(normalised correlation at the best place, how many samples `received` starts into `reference`; negative: later)."""
    size = 1 << (len(reference) + len(received) - 1).bit_length()
    spectrum = np.fft.rfft(reference, size) * np.conj(np.fft.rfft(received, size))
    cross = np.fft.irfft(spectrum, size)
    at = int(np.argmax(cross))
    lag = at if at < size // 2 else at - size
    ref, rec = overlap(reference, received, lag)
    norm = np.sqrt((ref ** 2).sum() * (rec ** 2).sum())
    return (float((ref * rec).sum() / norm) if norm > 0 else 0.0), lag


def overlap(reference: np.ndarray, received: np.ndarray, lag: int) -> tuple[np.ndarray, np.ndarray]:
    ref = reference[max(lag, 0):]
    rec = received[max(-lag, 0):]
    n = min(len(ref), len(rec))
    return ref[:n], rec[:n]


def stoi(clean: np.ndarray, degraded: np.ndarray, rate: int) -> float:
    """Short-time objective intelligibility (Taal et al. 2011): about 1.0 for clean speech, below 0.6 hard to understand.

    Both signals are aligned and equally long. Works at 10 kHz, 15 third-octave bands from 150 Hz, 384 ms segments.
    """
    target = 10_000
    n = int(len(clean) * target / rate)
    at = np.arange(n) * rate / target
    kernel = np.hanning(2 * (rate // target) + 3)
    kernel /= kernel.sum()
    x, y = (np.interp(at, np.arange(len(s)), np.convolve(s, kernel, "same")) for s in (clean, degraded))
    length, hop, fft = 256, 128, 512
    window = np.hanning(length + 2)[1:-1]
    starts = range(0, n - length, hop)
    fx = np.array([x[s:s + length] * window for s in starts])
    fy = np.array([y[s:s + length] * window for s in starts])
    energy = 20 * np.log10(np.linalg.norm(fx, axis=1) + 1e-12)
    keep = energy > energy.max() - 40
    sx, sy = np.abs(np.fft.rfft(fx[keep], fft)) ** 2, np.abs(np.fft.rfft(fy[keep], fft)) ** 2
    freqs = np.fft.rfftfreq(fft, 1 / target)
    bands = []
    for k in range(15):
        centre = 150 * 2 ** (k / 3)
        bands.append((freqs >= centre * 2 ** (-1 / 6)) & (freqs < centre * 2 ** (1 / 6)))
    bx = np.sqrt(np.array([sx[:, b].sum(1) for b in bands]))
    by = np.sqrt(np.array([sy[:, b].sum(1) for b in bands]))
    size, limit = 30, 10 ** (15 / 20)
    scores = []
    for m in range(size, bx.shape[1] + 1):
        px, py = bx[:, m - size:m], by[:, m - size:m]
        scale = np.sqrt((px ** 2).sum(1, keepdims=True) / ((py ** 2).sum(1, keepdims=True) + 1e-20))
        py = np.minimum(py * scale, px * (1 + limit))
        px = px - px.mean(1, keepdims=True)
        py = py - py.mean(1, keepdims=True)
        scores.append((px * py).sum(1) / (np.linalg.norm(px, axis=1) * np.linalg.norm(py, axis=1) + 1e-20))
    return float(np.mean(scores)) if scores else 0.0


def apart(a: float, b: float, clip: float) -> float:
    """Seconds from b to a in a clip that repeats after `clip` seconds, the shorter way round."""
    return (a - b + clip / 2) % clip - clip / 2


def picture_begins(video: list[tuple[float, np.ndarray]], clip: float) -> float:
    """Which second of the repeated clip the recording's time 0 is, by the median picture."""
    begins = [n / FPS - t for t, n in ((t, frame_number(p)) for t, p in video) if n is not None]
    return begins[0] + float(np.median([apart(b, begins[0], clip) for b in begins]))


def sound_begins(received: np.ndarray, sent: np.ndarray, parts: int = 3) -> list[float]:
    """The same by the sound, once for each part of the recording: a delay that changes shows."""
    size = len(received) // parts
    return [(align(sent, received[k * size:(k + 1) * size])[1] - k * size) / RATE for k in range(parts)]


def flash_times(video: list[tuple[float, np.ndarray]]) -> list[float]:
    """When the bottom strip turns white."""
    times, before = [], True
    for t, picture in video:
        white = picture[HEIGHT - 40:HEIGHT - 20].mean() > 126
        if white and not before:
            times.append(t)
        before = white
    return times


def beep_times(audio: np.ndarray, rate: int = RATE) -> list[float]:
    """When the beep begins: the first 5 ms window above a tenth of the loudest, after at least 300 ms of quiet."""
    step = rate // 200
    level = np.sqrt(np.array([np.mean(audio[i:i + step] ** 2) for i in range(0, len(audio) - step, step)]) + 1e-20)
    loud = level > 0.25 * level.max()
    times, quiet = [], 60
    for i, is_loud in enumerate(loud):
        if is_loud and quiet >= 60:
            times.append(i * step / rate)
        quiet = 0 if is_loud else quiet + 1
    return times


def lip_sync_offsets(video: list[tuple[float, np.ndarray]], audio: np.ndarray) -> list[float]:
    """Seconds by which the sound is later (positive) or earlier than the picture, one value a flash that has a beep near it."""
    sounds = np.array(beep_times(audio))
    offsets = []
    for t in flash_times(video):
        if len(sounds):
            nearest = sounds[np.argmin(np.abs(sounds - t))]
            if abs(nearest - t) < 0.5:
                offsets.append(float(nearest - t))
    return offsets


def video_report(path: pathlib.Path, flashing: bool, step: int = 5, sent: list[np.ndarray] | None = None) -> dict:
    """Of a recording of `video_frames` (or of the pictures `sent`): how many frames, how many with a readable number, whether numbers ascend,
    mean SSIM."""
    video = read_video(path)
    numbers = [frame_number(p) for _, p in video]
    readable = [(n, p) for n, (_, p) in zip(numbers, video) if n is not None]
    scores = [ssim(p, sent[n % len(sent)] if sent else frame(n, flashing and n % FPS < FLASH_FRAMES)) for n, p in readable[::step]]
    known = [n for n in numbers if n is not None]
    ascending = sum(1 for a, b in zip(known, known[1:]) if b > a or b < 10)
    seconds = video[-1][0] - video[0][0] if len(video) > 1 else 0.0
    gaps = [b - a for (a, _), (b, _) in zip(video, video[1:])]
    return {"frames": len(video), "readable": len(readable), "ascending": ascending, "ssim": float(np.mean(scores)) if scores else 0.0,
            "seconds": seconds, "fps": len(video) / seconds if seconds else 0.0, "longest_gap": max(gaps, default=0.0)}
