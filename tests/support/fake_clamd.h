// Plays ClamAV's daemon for tests: one connection after the other, zPING and zINSTREAM, finds EICAR, and has moods.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>

#include <doctest/doctest.h>

namespace sealhall::testing {

class FakeClamd {
 public:
  enum class Mood {
    honest,
    silent,      ///< takes everything, says nothing
    nonsense,    ///< answers something else
    endless,     ///< answers without an end
    too_large,   ///< stops at the first chunk, as with StreamMaxLength
    ok_at_once,  ///< says OK before it has seen anything, and closes
  };
  explicit FakeClamd(bool tcp, Mood mood = Mood::honest) : mood_(mood) {
    folder_ = (std::filesystem::temp_directory_path() / "fake_clamd_XXXXXX").string();
    REQUIRE(mkdtemp(folder_.data()) != nullptr);
    listener_ = ::socket(tcp ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (tcp) {
      sockaddr_in at{};
      at.sin_family = AF_INET;
      at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
      socklen_t size = sizeof at;
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size);
      address_ = "127.0.0.1:" + std::to_string(ntohs(at.sin_port));
    } else {
      sockaddr_un at{};
      at.sun_family = AF_UNIX;
      address_ = folder_ + "/clamd.ctl";
      address_.copy(at.sun_path, sizeof at.sun_path - 1);
      REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
    }
    REQUIRE(::listen(listener_, 8) == 0);
    thread_ = std::thread([this] { run(); });
  }
  ~FakeClamd() {
    stopping_ = true;
    thread_.join();
    ::close(listener_);
    std::filesystem::remove_all(folder_);
  }
  FakeClamd(const FakeClamd&) = delete;
  FakeClamd& operator=(const FakeClamd&) = delete;

  [[nodiscard]] const std::string& address() const { return address_; }
  /// What was streamed last.
  [[nodiscard]] std::string last() {
    const std::lock_guard lock{mutex_};
    return last_;
  }

 private:
  bool ready(int fd) const {
    while (!stopping_) {
      pollfd poll{fd, POLLIN, 0};
      if (::poll(&poll, 1, 20) > 0) return true;
    }
    return false;
  }
  bool read(int fd, char* into, std::size_t size) const {
    for (std::size_t got = 0; got < size;) {
      if (!ready(fd)) return false;
      const ssize_t n = ::recv(fd, into + got, size - got, 0);
      if (n <= 0) return false;
      got += static_cast<std::size_t>(n);
    }
    return true;
  }
  static void say(int fd, std::string text) {
    text += '\0';
    static_cast<void>(::send(fd, text.data(), text.size(), MSG_NOSIGNAL));
  }
  void run() {
    while (ready(listener_)) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) continue;
      serve(fd);
      ::close(fd);
    }
  }
  void serve(int fd) {
    std::string command;
    for (char c = 1; c != '\0' && command.size() < 100;) {
      if (!read(fd, &c, 1)) return;
      if (c != '\0') command += c;
    }
    if (command == "zPING") return say(fd, "PONG");
    if (command != "zINSTREAM") return say(fd, "UNKNOWN COMMAND");
    if (mood_ == Mood::ok_at_once) return say(fd, "stream: OK");
    std::string content;
    for (;;) {
      unsigned char length[4];
      if (!read(fd, reinterpret_cast<char*>(length), 4)) return;
      const std::size_t size = static_cast<std::size_t>(length[0]) << 24 | static_cast<std::size_t>(length[1]) << 16 |
                               static_cast<std::size_t>(length[2]) << 8 | length[3];
      if (size == 0) break;
      if (mood_ == Mood::too_large) return say(fd, "INSTREAM size limit exceeded. ERROR");
      const std::size_t before = content.size();
      content.resize(before + size);
      if (!read(fd, content.data() + before, size)) return;
    }
    const bool bad = content.find("$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$") != std::string::npos;
    {
      const std::lock_guard lock{mutex_};
      last_ = std::move(content);
    }
    switch (mood_) {
      case Mood::silent:
        while (!stopping_) {
          pollfd poll{fd, POLLIN, 0};
          if (::poll(&poll, 1, 20) > 0) return;  // the other side has given up
        }
        return;
      case Mood::nonsense:
        return say(fd, "250 OK");
      case Mood::endless: {
        const std::string junk(8192, 'j');
        static_cast<void>(::send(fd, junk.data(), junk.size(), MSG_NOSIGNAL));
        return;
      }
      default:
        return say(fd, bad ? "stream: Eicar-Test-Signature FOUND" : "stream: OK");
    }
  }

  Mood mood_;
  std::string folder_;
  std::string address_;
  int listener_ = -1;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::string last_;
  std::thread thread_;
};

}  // namespace sealhall::testing
