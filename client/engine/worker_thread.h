// A thread with a bounded queue of jobs: where encoders, decoders and disks may take their time.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace sealhall::client {

class WorkerThread {
 public:
  using Job = std::move_only_function<void()>;

  /// `most` jobs may wait. Larger: more delay and memory when the thread cannot keep up; smaller: jobs are lost sooner.
  explicit WorkerThread(std::size_t most) : most_(most), thread_([this] { run(); }) {}
  /// Does what waits, then ends.
  ~WorkerThread() {
    {
      const std::scoped_lock lock(mutex_);
      ending_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }
  WorkerThread(const WorkerThread&) = delete;
  WorkerThread& operator=(const WorkerThread&) = delete;

  /// From any thread. False: the queue is full and the job was not taken.
  bool post(Job job) {
    {
      const std::scoped_lock lock(mutex_);
      if (jobs_.size() >= most_) return false;
      jobs_.push_back(std::move(job));
    }
    wake_.notify_one();
    return true;
  }

 private:
  void run() {
    while (true) {
      Job job;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
        if (jobs_.empty()) return;
        job = std::move(jobs_.front());
        jobs_.pop_front();
      }
      job();
    }
  }

  std::size_t most_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace sealhall::client
