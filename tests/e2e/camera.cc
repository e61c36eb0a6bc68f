// A pretended camera for one process: LD_PRELOAD puts this library between the program and the kernel, and opening
// SEALHALL_CAMERA_DEVICE gives a V4L2 device that shows the pictures of the file SEALHALL_CAMERA_PICTURES (I420 of
// 640x360, one after the other), 30 a second, over and over. Everything else goes to the kernel as it came.
//
// It answers what libavdevice asks of a camera, and what it does not know it refuses as a driver does (ENOTTY).
#include <fcntl.h>
#include <linux/videodev2.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <mutex>

namespace {

constexpr std::uint32_t width = 640;  // as in media.py
constexpr std::uint32_t height = 360;
constexpr std::uint32_t rate = 30;
constexpr std::uint32_t picture_bytes = width * height * 3 / 2;
constexpr std::uint32_t buffer_bytes = (picture_bytes + 4095) / 4096 * 4096;
constexpr std::uint32_t most_buffers = 8;
constexpr std::int64_t second = 1'000'000'000;

struct Camera {
  std::mutex mutex;
  int memory = -1;  ///< what the program has as the device, and maps: all buffers
  int file = -1;
  std::uint64_t pictures = 0;  ///< in the file
  std::uint64_t shown = 0;
  std::int64_t started = 0;  ///< nanoseconds of the monotonic clock
  std::array<std::uint32_t, most_buffers> queue{};
  std::uint32_t queued = 0;
  std::array<std::uint8_t, picture_bytes> picture{};
};
constinit Camera camera;

std::int64_t now() {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * second + t.tv_nsec;
}

void sleep_until(std::int64_t when) {
  const timespec t{.tv_sec = when / second, .tv_nsec = when % second};
  while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, nullptr) == EINTR) {
  }
}

int refuse(int error) {
  errno = error;
  return -1;
}

int open_camera() {
  const char* pictures = std::getenv("SEALHALL_CAMERA_PICTURES");
  if (pictures == nullptr) return refuse(ENODEV);
  const std::lock_guard lock{camera.mutex};
  camera.file = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, pictures, O_RDONLY | O_CLOEXEC, 0));
  struct stat status{};
  if (camera.file < 0 || ::fstat(camera.file, &status) != 0) return -1;
  camera.pictures = static_cast<std::uint64_t>(status.st_size) / picture_bytes;
  camera.memory = ::memfd_create("camera", MFD_CLOEXEC);
  if (camera.pictures == 0 || camera.memory < 0) return refuse(ENODEV);
  if (::ftruncate(camera.memory, std::int64_t{most_buffers} * buffer_bytes) != 0) return -1;
  return camera.memory;
}

int open_any(const char* path, int flags, mode_t mode) {
  const char* device = std::getenv("SEALHALL_CAMERA_DEVICE");
  if (device != nullptr && std::strcmp(path, device) == 0) return open_camera();
  return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}

bool makes_file(int flags) { return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE; }

void describe(v4l2_pix_format& format) {
  format = {};
  format.width = width;
  format.height = height;
  format.pixelformat = V4L2_PIX_FMT_YUV420;
  format.field = V4L2_FIELD_NONE;
  format.bytesperline = width;
  format.sizeimage = picture_bytes;
}

void place(v4l2_buffer& buffer) {
  buffer.length = buffer_bytes;
  buffer.m.offset = buffer.index * buffer_bytes;
  buffer.flags = V4L2_BUF_FLAG_MAPPED | V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
}

int take_back(const v4l2_buffer& buffer) {
  const std::lock_guard lock{camera.mutex};
  if (buffer.index >= most_buffers || camera.queued == most_buffers) return refuse(EINVAL);
  camera.queue[camera.queued++] = buffer.index;
  return 0;
}

/// Waits for the next picture's time and for a buffer, and puts the picture into it.
int show(v4l2_buffer& buffer) {
  sleep_until(camera.started + static_cast<std::int64_t>(camera.shown) * second / rate);
  while (true) {
    {
      const std::lock_guard lock{camera.mutex};
      if (camera.queued > 0) {
        buffer.index = camera.queue[0];
        std::copy(camera.queue.begin() + 1, camera.queue.end(), camera.queue.begin());
        --camera.queued;
        break;
      }
    }
    sleep_until(now() + second / 1000);
  }
  const std::uint64_t number = camera.shown++;
  const auto at = static_cast<off_t>(number % camera.pictures * picture_bytes);
  place(buffer);
  if (::pread(camera.file, camera.picture.data(), picture_bytes, at) != picture_bytes ||
      ::pwrite(camera.memory, camera.picture.data(), picture_bytes, buffer.m.offset) != picture_bytes) {
    return refuse(EIO);
  }
  const std::int64_t time = camera.started + static_cast<std::int64_t>(number) * second / rate;
  buffer.bytesused = picture_bytes;
  buffer.field = V4L2_FIELD_NONE;
  buffer.sequence = static_cast<std::uint32_t>(number);
  buffer.timestamp = {.tv_sec = time / second, .tv_usec = time % second / 1000};
  return 0;
}

int answer(std::uint32_t request, void* argument) {
  switch (request) {
    case VIDIOC_QUERYCAP: {
      auto& capability = *static_cast<v4l2_capability*>(argument);
      capability = {};
      capability.capabilities = capability.device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
      return 0;
    }
    case VIDIOC_G_INPUT:
      *static_cast<int*>(argument) = 0;
      return 0;
    case VIDIOC_ENUMINPUT: {
      auto& input = *static_cast<v4l2_input*>(argument);
      if (input.index != 0) return refuse(EINVAL);
      input = {};
      input.type = V4L2_INPUT_TYPE_CAMERA;
      return 0;
    }
    case VIDIOC_G_FMT:
    case VIDIOC_S_FMT:
      describe(static_cast<v4l2_format*>(argument)->fmt.pix);
      return 0;
    case VIDIOC_G_PARM:
    case VIDIOC_S_PARM: {
      auto& capture = static_cast<v4l2_streamparm*>(argument)->parm.capture;
      capture = {};
      capture.capability = V4L2_CAP_TIMEPERFRAME;
      capture.timeperframe = {.numerator = 1, .denominator = rate};
      return 0;
    }
    case VIDIOC_REQBUFS: {
      auto& asked = *static_cast<v4l2_requestbuffers*>(argument);
      asked.count = std::min(asked.count, most_buffers);
      return 0;
    }
    case VIDIOC_QUERYBUF:
      place(*static_cast<v4l2_buffer*>(argument));
      return 0;
    case VIDIOC_QBUF:
      return take_back(*static_cast<v4l2_buffer*>(argument));
    case VIDIOC_DQBUF:
      return show(*static_cast<v4l2_buffer*>(argument));
    case VIDIOC_STREAMON:
      camera.started = now();
      return 0;
    case VIDIOC_STREAMOFF: {
      const std::lock_guard lock{camera.mutex};
      camera.queued = 0;
      return 0;
    }
    default:
      return refuse(ENOTTY);
  }
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = makes_file(flags) ? va_arg(more, mode_t) : 0;
  va_end(more);
  return open_any(path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = makes_file(flags) ? va_arg(more, mode_t) : 0;
  va_end(more);
  return open_any(path, flags, mode);
}

int ioctl(int fd, unsigned long request, ...) noexcept {
  va_list more;
  va_start(more, request);
  void* const argument = va_arg(more, void*);
  va_end(more);
  if (fd >= 0 && fd == camera.memory) return answer(static_cast<std::uint32_t>(request), argument);
  return static_cast<int>(::syscall(SYS_ioctl, fd, request, argument));
}

}  // extern "C"
