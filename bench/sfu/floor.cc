#include "bench/sfu/floor.h"

#include <linux/filter.h>
#include <malloc.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <openssl/evp.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cstring>

#include "io/net/clock.h"

namespace sealhall::bench {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t reading_sinks = 6;
constexpr std::size_t header_size = 20;
constexpr std::size_t tag_size = 16;

int udp_socket(sockaddr_in& address) {
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (fd < 0 || ::bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    give_up("no socket for the floor");
  }
  return fd;
}

struct Receiver {
  sockaddr_in address{};
  EVP_CIPHER_CTX* cipher = nullptr;
  std::uint64_t counter = 0;
};

void give_key(Receiver& receiver) {
  std::array<std::uint8_t, 32> key{};
  store_u16(key.data(), ntohs(receiver.address.sin_port));
  receiver.cipher = EVP_CIPHER_CTX_new();
  EVP_EncryptInit_ex2(receiver.cipher, EVP_aes_256_gcm(), key.data(), nullptr, nullptr);
}

/// Messages that leave with one sendmmsg, as many and as large together as the worker gathers (io::SendBatch).
class Gathered {
 public:
  Gathered(int fd, volatile std::uint64_t* forwarded) : fd_(fd), forwarded_(forwarded), buffer_(256U * 1024) {}

  /// Room for a message of `bytes`; what waits is sent first when there is none.
  std::uint8_t* room(std::size_t bytes) {
    if (count_ == most || used_ + bytes > buffer_.size()) flush();
    return &buffer_[used_];
  }
  /// The message in that room: packets of `segment` bytes, the last one may be shorter.
  void add(sockaddr_in& to, std::size_t bytes, std::size_t segment, std::size_t packets) {
    vectors_[count_] = {&buffer_[used_], bytes};
    msghdr& message = headers_[count_].msg_hdr;
    message = {};
    message.msg_name = &to;
    message.msg_namelen = sizeof to;
    message.msg_iov = &vectors_[count_];
    message.msg_iovlen = 1;
    if (packets > 1) {
      message.msg_control = controls_[count_].bytes.data();
      message.msg_controllen = controls_[count_].bytes.size();
      cmsghdr* header = CMSG_FIRSTHDR(&message);
      header->cmsg_level = SOL_UDP;
      header->cmsg_type = UDP_SEGMENT;
      header->cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
      const auto size = static_cast<std::uint16_t>(segment);
      std::memcpy(CMSG_DATA(header), &size, sizeof size);
    }
    packets_[count_++] = packets;
    used_ += bytes;
  }
  void flush() {
    for (std::size_t done = 0; done < count_;) {
      const int sent = ::sendmmsg(fd_, &headers_[done], static_cast<unsigned>(count_ - done), 0);
      for (int i = 0; i < sent; ++i) *forwarded_ = *forwarded_ + packets_[done++];
      if (sent <= 0) ++done;  // what the kernel does not take is lost
    }
    count_ = used_ = 0;
  }

 private:
  static constexpr std::size_t most = 64;
  struct Control {
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(std::uint16_t))> bytes{};
  };
  int fd_;
  volatile std::uint64_t* forwarded_;
  std::vector<std::uint8_t> buffer_;
  std::array<mmsghdr, most> headers_{};
  std::array<iovec, most> vectors_{};
  std::array<Control, most> controls_{};
  std::array<std::size_t, most> packets_{};
  std::size_t count_ = 0;
  std::size_t used_ = 0;
};

/// The loop of the child. Never returns.
[[noreturn]] void forward(int in, int out, std::vector<Receiver>& receivers, volatile std::uint64_t* forwarded) {
  for (Receiver& receiver : receivers) give_key(receiver);
  constexpr std::size_t most = 64;
  std::vector<std::array<std::uint8_t, 2048>> packets(most);
  std::array<mmsghdr, most> headers{};
  std::array<iovec, most> vectors{};
  for (std::size_t i = 0; i < most; ++i) {
    vectors[i] = {packets[i].data(), packets[i].size()};
    headers[i].msg_hdr.msg_iov = &vectors[i];
    headers[i].msg_hdr.msg_iovlen = 1;
  }
  Gathered gathered{out, forwarded};
  std::array<std::uint8_t, 12> iv{};
  for (;;) {
    const int got = ::recvmmsg(in, headers.data(), most, MSG_WAITFORONE, nullptr);
    if (got <= 0) continue;
    const auto count = static_cast<std::size_t>(got);
    for (Receiver& receiver : receivers) {
      // At most 16 a message, as the worker does.
      for (std::size_t from = 0; from < count; from += 16) {
        std::size_t at = 0;
        const std::size_t to = std::min(count, from + 16);
        const std::size_t segment = headers[from].msg_len + tag_size;
        std::uint8_t* run = gathered.room((to - from) * segment);  // all packets of a load are of one size
        for (std::size_t i = from; i < to; ++i) {
          std::uint8_t* place = &run[at];
          std::memcpy(place, packets[i].data(), header_size);
          store_u64(&iv[4], ++receiver.counter);
          int written = 0;
          EVP_EncryptInit_ex2(receiver.cipher, nullptr, nullptr, iv.data(), nullptr);
          EVP_EncryptUpdate(receiver.cipher, nullptr, &written, place, header_size);
          EVP_EncryptUpdate(receiver.cipher, place + header_size, &written, packets[i].data() + header_size,
                            static_cast<int>(headers[i].msg_len - header_size));
          EVP_EncryptFinal_ex(receiver.cipher, place + headers[i].msg_len, &written);
          EVP_CIPHER_CTX_ctrl(receiver.cipher, EVP_CTRL_AEAD_GET_TAG, tag_size, place + headers[i].msg_len);
          at += headers[i].msg_len + tag_size;
        }
        gathered.add(receiver.address, at, segment, to - from);
      }
    }
    gathered.flush();
  }
}

}  // namespace

double floor_receiver_kib(std::size_t receivers) {
  std::vector<Receiver> list(receivers);
  const auto before = static_cast<double>(::mallinfo2().uordblks);
  for (Receiver& receiver : list) give_key(receiver);
  const double after = static_cast<double>(::mallinfo2().uordblks);
  for (const Receiver& receiver : list) EVP_CIPHER_CTX_free(receiver.cipher);
  return ((after - before) / static_cast<double>(receivers) + sizeof(Receiver)) / 1024.0;
}

Measured run_floor(const Load& load, std::size_t receivers, int cpu, double seconds) {
  sockaddr_in in_address{};
  sockaddr_in out_address{};
  sockaddr_in own_address{};
  const io::FileDescriptor in{udp_socket(in_address)};
  const io::FileDescriptor out{udp_socket(out_address)};
  const io::FileDescriptor own{udp_socket(own_address)};
  std::vector<Receiver> list(receivers);
  std::vector<io::FileDescriptor> sinks;
  // Spread over the list to its end: whoever stands last waits for all the others.
  std::vector<int> readers;
  const std::size_t reading = std::min(receivers, reading_sinks);
  sock_filter drop[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
  const sock_fprog program{1, drop};
  for (std::size_t i = 0; i < receivers; ++i) {
    sinks.emplace_back(udp_socket(list[i].address));
    if (i + 1 < (readers.size() + 1) * receivers / reading) {
      ::setsockopt(sinks[i].get(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
    } else {
      const int on = 1;
      ::setsockopt(sinks[i].get(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
      readers.push_back(sinks[i].get());
    }
  }
  auto* forwarded = static_cast<volatile std::uint64_t*>(
      ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  const pid_t pid = ::fork();
  if (pid == 0) {
    pin_to(cpu);
    forward(in.get(), out.get(), list, forwarded);
  }
  Child child{pid};

  const std::size_t burst = load.speakers == 0 ? static_cast<std::size_t>(load.packets) : load.speakers;
  const std::size_t size = load.speakers == 0 ? 1200 : load.audio_size + 20;
  const Duration interval =
      load.speakers == 0 ? Duration{static_cast<std::int64_t>(1e6 / load.frames_a_second)} : Duration{20'000};
  std::vector<std::uint8_t> packet(size);
  std::vector<std::uint8_t> buffer(2048);
  Measured measured;
  Instant next = io::steady_now();
  const auto play = [&](Instant until) {
    while (io::steady_now() < until) {
      const Instant now = io::steady_now();
      if (now >= next) {
        next = now - next > 200ms ? now + interval : next + interval;
        timespec real{};
        ::clock_gettime(CLOCK_REALTIME, &real);  // what SO_TIMESTAMPNS tells
        const std::uint64_t stamp =
            static_cast<std::uint64_t>(real.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(real.tv_nsec);
        store_u64(packet.data(), stamp);  // in the header, which stays in the clear
        std::vector<iovec> vectors(burst, iovec{packet.data(), packet.size()});
        std::vector<mmsghdr> headers(burst);
        for (std::size_t i = 0; i < burst; ++i) {
          headers[i].msg_hdr.msg_name = &in_address;
          headers[i].msg_hdr.msg_namelen = sizeof in_address;
          headers[i].msg_hdr.msg_iov = &vectors[i];
          headers[i].msg_hdr.msg_iovlen = 1;
        }
        ::sendmmsg(own.get(), headers.data(), static_cast<unsigned>(burst), 0);
        measured.offered += burst * receivers;
      }
      std::array<pollfd, reading_sinks> waiting{};
      for (std::size_t i = 0; i < reading; ++i) waiting[i] = {readers[i], POLLIN, 0};
      const auto left = std::clamp<std::int64_t>((next - io::steady_now()).count(), 0, 5000);
      const timespec limit{0, left * 1000};
      if (::ppoll(waiting.data(), reading, &limit, nullptr) <= 0) continue;
      for (std::size_t i = 0; i < reading; ++i) {
        for (;;) {
          alignas(cmsghdr) std::array<char, 128> control{};
          iovec vector{buffer.data(), buffer.size()};
          msghdr message{};
          message.msg_iov = &vector;
          message.msg_iovlen = 1;
          message.msg_control = control.data();
          message.msg_controllen = control.size();
          if (::recvmsg(readers[i], &message, MSG_DONTWAIT) <= 0) break;
          for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
            if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SO_TIMESTAMPNS) continue;
            timespec arrived{};
            std::memcpy(&arrived, CMSG_DATA(header), sizeof arrived);
            const double nanoseconds = static_cast<double>(arrived.tv_sec * 1'000'000'000LL + arrived.tv_nsec) -
                                       static_cast<double>(load_u64(buffer.data()));
            measured.latencies_us.push_back(nanoseconds / 1000.0);
          }
        }
      }
    }
  };
  play(io::steady_now() + 500ms);
  measured = {};
  const std::uint64_t before = *forwarded;
  const double cpu_before = child.cpu_seconds();
  const double waited_before = child.waited_seconds();
  const Instant from = io::steady_now();
  play(from + seconds_to_duration(seconds));
  measured.packets = *forwarded - before;
  measured.cpu_seconds = child.cpu_seconds() - cpu_before;
  measured.waited_seconds = child.waited_seconds() - waited_before;
  measured.seconds = to_seconds(io::steady_now() - from);
  ::munmap(const_cast<std::uint64_t*>(forwarded), 4096);
  return measured;
}

}  // namespace sealhall::bench
