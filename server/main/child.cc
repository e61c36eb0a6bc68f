#include "server/main/child.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>

#include "io/net/fd_stream.h"
#include "io/net/system.h"

namespace sealhall::main {
namespace {

// Languages, time zone, the sanitizers' settings of test runs, and what the settings name for this child. Nothing else
// of whoever started us reaches it.
std::vector<std::string> environment(const std::vector<std::string>& further) {
  std::vector<std::string> names{"LANG",          "LC_ALL",       "TZ",          "ASAN_OPTIONS",
                                 "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS"};
  names.insert(names.end(), further.begin(), further.end());
  std::vector<std::string> out;
  for (const std::string& name : names) {
    if (const char* value = std::getenv(name.c_str())) out.push_back(name + "=" + value);
  }
  out.emplace_back("PATH=/usr/bin:/bin");
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

// Between fork and exec: system calls only. Reports errno through `report`.
[[noreturn]] void become(const char* program, char* const* arguments, char* const* variables, int output, int report,
                         pid_t parent) {
  const auto fail = [report] {
    const int error = errno;
    static_cast<void>(!::write(report, &error, sizeof error));
    ::_exit(127);
  };
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(127);  // the supervisor died in between
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {  // a connection is a descriptor
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
  ::umask(077);
  if (::chdir("/") != 0) fail();
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0 || ::dup2(null, STDIN_FILENO) < 0 || ::dup2(output >= 0 ? output : null, STDOUT_FILENO) < 0) fail();
  // Whatever else is open, also what a library opened without care, ends at exec.
  ::syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);
  // What the supervisor blocks or ignores is its own matter.
  sigset_t nothing{};
  ::sigemptyset(&nothing);
  ::sigprocmask(SIG_SETMASK, &nothing, nullptr);
  for (const int number : {SIGPIPE, SIGHUP, SIGINT, SIGTERM, SIGCHLD}) ::signal(number, SIG_DFL);
  ::execve(program, arguments, variables);
  fail();
  ::_exit(127);
}

}  // namespace

// Cuts the output of a child into lines; a line that is too long is cut off, not kept.
class Child::Output final : public io::StreamHandler {
 public:
  Output(io::Loop& loop, int fd, std::function<void(std::string_view)> on_line)
      : stream_(io::make_fd_stream(loop, fd, {})), on_line_(std::move(on_line)) {
    stream_->set_handler(this);
  }
  ~Output() { stream_->abort(); }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  void on_data(ByteView data) override {
    for (const char c : as_text(data)) {
      if (c == '\n') {
        on_line_(line_);
        line_.clear();
      } else if (line_.size() < 4096) {
        line_ += c;
      }
    }
  }
  void on_closed(const io::Failure&) override {}

 private:
  std::shared_ptr<io::Stream> stream_;
  std::function<void(std::string_view)> on_line_;
  std::string line_;
};

Child::Child(pid_t pid, std::unique_ptr<Output> output) : pid_(pid), output_(std::move(output)) {}
Child::~Child() = default;

expected<std::unique_ptr<Child>, std::string> Child::start(io::Loop& loop, const ChildSpec& spec) {
  std::vector<std::string> arguments{spec.program};
  arguments.insert(arguments.end(), spec.arguments.begin(), spec.arguments.end());
  std::vector<std::string> variables = environment(spec.variables);
  const std::vector<char*> argv = pointers(arguments);
  const std::vector<char*> envp = pointers(variables);
  const auto failed = [&](int error) {
    return unexpected("The program " + spec.program + " cannot be started: " + std::generic_category().message(error) +
                      ".");
  };

  std::array<int, 2> report{};
  if (::pipe2(report.data(), O_CLOEXEC) != 0) return failed(errno);
  io::FileDescriptor report_read{report[0]};
  io::FileDescriptor report_write{report[1]};
  io::FileDescriptor output_read;
  io::FileDescriptor output_write;
  if (spec.on_line) {
    // A socket pair rather than a pipe: it is read as any other stream.
    std::array<int, 2> pair{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) return failed(errno);
    output_read = io::FileDescriptor{pair[0]};
    output_write = io::FileDescriptor{pair[1]};
  }

  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return failed(errno);
  if (pid == 0) become(spec.program.c_str(), argv.data(), envp.data(), output_write.get(), report_write.get(), parent);
  report_write = {};
  int error = 0;
  const ssize_t n = ::read(report_read.get(), &error, sizeof error);
  if (n == static_cast<ssize_t>(sizeof error)) {
    ::waitpid(pid, nullptr, 0);
    return failed(error);
  }
  std::unique_ptr<Output> output;
  if (spec.on_line) output = std::make_unique<Output>(loop, output_read.release(), spec.on_line);
  return std::unique_ptr<Child>(new Child(pid, std::move(output)));
}

void Child::signal(int number) const noexcept { ::kill(pid_, number); }

std::string describe_end(int status) {
  if (WIFEXITED(status)) return "exit code " + std::to_string(WEXITSTATUS(status));
  if (WIFSIGNALED(status)) {
    const char* name = ::strsignal(WTERMSIG(status));
    return "signal " + std::to_string(WTERMSIG(status)) + " (" + (name != nullptr ? name : "?") + ")";
  }
  return "an unknown end";
}

}  // namespace sealhall::main
