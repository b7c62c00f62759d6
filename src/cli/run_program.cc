#include "cli/run_program.h"

#include <fmt/core.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <thread>

namespace muzn::cli {
namespace {

constexpr int kLookMillis = 20;

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> out;
  out.reserve(words.size() + 1);
  // posix_spawn takes them so, and changes nothing.
  for (const std::string& word : words) out.push_back(const_cast<char*>(word.c_str()));
  out.push_back(nullptr);
  return out;
}

void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) break;  // nobody reads it, which is the program's to decide
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  ::close(fd);
}

// Starts it with `input` as its standard input; `other` is the end of that pipe which stays here.
Result<pid_t> start(const Run& run, int input, int other) {
  std::vector<std::string> environment = run.environment;
  for (char** one = environ; *one != nullptr; ++one) environment.emplace_back(*one);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addclose(&files, other);
  posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
  if (input != STDIN_FILENO) posix_spawn_file_actions_addclose(&files, input);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  // A group of its own, to end all of it; and signals as programs expect them.
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
  pid_t pid = 0;
  const int error = ::posix_spawnp(&pid, run.words[0].c_str(), &files, &attributes,
                                   pointers(run.words).data(), pointers(environment).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  if (error == 0) return pid;
  return fail(Code::kUnavailable, fmt::format("{}: {}", run.words[0], std::strerror(error)));
}

// Its status, or nothing after the timeout.
Result<int> wait_for(pid_t pid, int timeout_seconds) {
  for (int waited = 0; waited < timeout_seconds * 1000; waited += kLookMillis) {
    int status = 0;
    const pid_t ended = ::waitpid(pid, &status, WNOHANG);
    if (ended == pid) return status;
    if (ended < 0 && errno != EINTR) break;
    ::poll(nullptr, 0, kLookMillis);
  }
  ::kill(-pid, SIGKILL);
  int status = 0;
  ::waitpid(pid, &status, 0);
  return fail(Code::kTimeout, "it did not end in time and was killed");
}

}  // namespace

Result<void> run_program(const Run& run) {
  CHECK(!run.words.empty());
  int ends[2] = {-1, -1};
  if (::pipe(ends) != 0) return fail(Code::kUnavailable, "pipe: " + std::string(strerror(errno)));
  const auto pid = start(run, ends[0], ends[1]);
  ::close(ends[0]);
  if (!pid) {
    ::close(ends[1]);
    return std::unexpected(pid.error());
  }
  std::atomic<bool> is_written = false;
  std::thread writer([&, fd = ends[1]] {
    write_all(fd, run.input);
    is_written = true;
  });
  const auto status = wait_for(*pid, run.timeout_seconds);
  // What it left running may hold the pipe, and not read it.
  if (!is_written) ::kill(-*pid, SIGKILL);
  writer.join();
  if (!status) return fail(status.error().code, run.words[0] + ": " + status.error().what);
  if (*status == 0) return {};
  return fail(Code::kUnavailable,
              WIFEXITED(*status)
                  ? fmt::format("{}: it ended with status {}", run.words[0], WEXITSTATUS(*status))
                  : fmt::format("{}: it was ended by signal {}", run.words[0], WTERMSIG(*status)));
}

}  // namespace muzn::cli
