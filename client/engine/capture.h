// Threads that read a source, pace it by media time, encode, and hand the frames to the loop.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "client/codec/media_source.h"
#include "client/codec/opus.h"
#include "client/codec/simulcast.h"
#include "core/base/bytes.h"
#include "core/base/time.h"
#include "io/net/loop.h"

namespace sealhall::client {

struct CapturedAudio {
  Instant captured{};
  Bytes frame;  ///< Opus
  std::uint8_t level = 127;
  bool voice = false;
};
struct CapturedVideo {
  Instant captured{};
  std::size_t layer = 0;
  codec::EncodedPicture picture;
};

/// A thread that can be told to end while it waits for the next frame's time.
class CaptureThread {
 public:
  virtual ~CaptureThread();
  CaptureThread(const CaptureThread&) = delete;
  CaptureThread& operator=(const CaptureThread&) = delete;

  /// Nothing is sent while muted; media time goes on.
  void set_muted(bool muted) noexcept { muted_ = muted; }
  /// Frames that were left out because encoding or the loop could not keep up.
  [[nodiscard]] std::uint64_t left_out() const noexcept { return left_out_; }

 protected:
  using Done = std::function<void(std::string)>;
  /// `done` is called on the loop when the source ends: an empty text at its end, else the reason.
  CaptureThread(io::Loop& loop, Done done);
  /// To be called at the end of the derived constructor, and `finish` at the start of the derived destructor.
  void begin();
  void finish();
  virtual void run() = 0;

  /// False when the thread shall end.
  bool wait_until(Instant when);
  [[nodiscard]] bool ending() const noexcept { return ending_; }
  /// Runs `deliver` on the loop unless this object has gone by then. False: too many wait there already.
  bool deliver(std::move_only_function<void()> deliver);
  void report_end(std::string reason);

  std::atomic<bool> muted_{false};
  std::atomic<std::uint64_t> left_out_{0};

 private:
  struct Shared {
    std::atomic<int> waiting{0};
    bool alive = true;  // loop thread only
  };
  io::Loop& loop_;
  Done done_;
  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
  std::atomic<bool> ending_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::thread thread_;
};

class AudioCapture final : public CaptureThread {
 public:
  using OnFrame = std::function<void(CapturedAudio)>;
  /// Media time zero of a file is played at `start`.
  AudioCapture(io::Loop& loop, std::unique_ptr<codec::AudioSource> source, codec::OpusEncoder encoder, bool dtx,
               Instant start, OnFrame on_frame, Done done);
  ~AudioCapture() override;
  void set_expected_loss(int percent) noexcept { expected_loss_ = percent; }

 private:
  void run() override;
  std::unique_ptr<codec::AudioSource> source_;
  codec::OpusEncoder encoder_;
  bool dtx_;
  codec::MediaPace pace_;
  OnFrame on_frame_;
  std::atomic<int> expected_loss_{10};
};

class VideoCapture final : public CaptureThread {
 public:
  using OnPicture = std::function<void(CapturedVideo)>;
  VideoCapture(io::Loop& loop, std::unique_ptr<codec::VideoSource> source, codec::SimulcastEncoder encoder,
               Instant start, OnPicture on_picture, Done done);
  ~VideoCapture() override;

  /// One rate a layer, zero to leave it out.
  void set_bitrates(std::vector<DataRate> bitrates);
  void request_key_frame(std::size_t layer);
  void request_key_frames();

 private:
  void run() override;
  void take_wishes();
  std::unique_ptr<codec::VideoSource> source_;
  codec::SimulcastEncoder encoder_;
  codec::MediaPace pace_;
  OnPicture on_picture_;
  std::mutex wishes_;
  std::vector<DataRate> bitrates_;  // empty: no change
  std::vector<bool> key_frames_;
};

}  // namespace sealhall::client
