#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "base/buffer.h"
#include "fs/dir.h"
#include "unit/fs/temp_dir.h"

namespace muzn::fs {
namespace {

unsigned mode_of(const std::string& path) {
  struct stat info{};
  EXPECT_EQ(::stat(path.c_str(), &info), 0);
  return info.st_mode & 0777U;
}

TEST(Errno, MapsByReaction) {
  EXPECT_EQ(errno_error(ENOENT, "x").error().code, Code::kNotFound);
  EXPECT_EQ(errno_error(EEXIST, "x").error().code, Code::kExists);
  EXPECT_EQ(errno_error(ENOSPC, "x").error().code, Code::kNoSpace);
  EXPECT_EQ(errno_error(EDQUOT, "x").error().code, Code::kNoSpace);
  EXPECT_EQ(errno_error(EIO, "x").error().code, Code::kUnavailable);
  EXPECT_EQ(errno_error(EMFILE, "x").error().code, Code::kUnavailable);
  EXPECT_EQ(errno_error(EIO, "open a").error().what, "open a: Input/output error");
}

TEST(File, WritesReadsAndResizes) {
  const test::TempDir temp;
  const Dir dir = Dir::open(temp.path()).value();
  File file = dir.create("f").value();
  ASSERT_TRUE(file.allocate(0, 100));
  EXPECT_EQ(file.size().value(), 100U);
  ASSERT_TRUE(file.write_at(0, "hello world"));
  ASSERT_TRUE(file.resize(11));
  ASSERT_TRUE(file.sync_data());
  EXPECT_EQ(file.size().value(), 11U);
  std::string out(20, '\0');
  EXPECT_EQ(file.read_at(6, out).value(), 5U);
  EXPECT_EQ(out.substr(0, 5), "world");
  EXPECT_EQ(file.read_at(11, out).value(), 0U);
  EXPECT_EQ(dir.create("f").error().code, Code::kExists);
  EXPECT_EQ(dir.open_read("g").error().code, Code::kNotFound);
}

TEST(Dir, NoNameLeavesIt) {
  const test::TempDir temp;
  ASSERT_EQ(::symlink("/etc", (temp.path() + "/out").c_str()), 0);
  const Dir dir = Dir::open(temp.path()).value();
  EXPECT_EQ(dir.open_read("/etc/passwd").error().code, Code::kInvalid);
  EXPECT_EQ(dir.open_read("../../etc/passwd").error().code, Code::kInvalid);
  EXPECT_EQ(dir.open_read("out/passwd").error().code, Code::kInvalid);
  EXPECT_EQ(dir.create("../escaped").error().code, Code::kInvalid);
  EXPECT_EQ(dir.unlink("out/passwd").error().code, Code::kInvalid);
  EXPECT_EQ(dir.list("..").error().code, Code::kInvalid);
}

TEST(Dir, MakesListsAndUnlinks) {
  const test::TempDir temp;
  const Dir dir = Dir::open_or_create(temp.path() + "/a/b/").value();
  ASSERT_TRUE(dir.make_dirs("x/y/z"));
  ASSERT_TRUE(dir.make_dirs("x/y/z"));
  EXPECT_EQ(mode_of(temp.path() + "/a/b/x/y"), kPrivateDir);
  ASSERT_TRUE(dir.make_dir("x/y/z"));
  EXPECT_EQ(dir.make_dir("no/such").error().code, Code::kNotFound);
  ASSERT_TRUE(dir.create("x/y/two"));
  ASSERT_TRUE(dir.create("x/y/one"));
  ASSERT_TRUE(dir.sync("x/y"));
  EXPECT_EQ(dir.list("x/y").value(), (std::vector<std::string>{"one", "two", "z"}));
  ASSERT_TRUE(dir.unlink("x/y/one"));
  EXPECT_EQ(dir.unlink("x/y/one").error().code, Code::kNotFound);
  EXPECT_FALSE(dir.exists("x/y/one"));
  EXPECT_TRUE(dir.exists("x/y/two"));
  EXPECT_EQ(dir.list(".").value(), (std::vector<std::string>{"x"}));
  const Space space = dir.space().value();
  EXPECT_GT(space.total_bytes, space.free_bytes);
}

TEST(Dir, RenamesWithinADirectory) {
  const test::TempDir temp;
  const Dir dir = Dir::open(temp.path()).value();
  ASSERT_TRUE(dir.make_dirs("x"));
  for (const auto& [name, bytes] : {std::pair{"x/old", "old"}, std::pair{"x/new", "new"}}) {
    ASSERT_TRUE(dir.create(name)->write_at(0, bytes));
  }
  ASSERT_TRUE(dir.rename("x/new", "old"));
  EXPECT_EQ(dir.list("x").value(), (std::vector<std::string>{"old"}));
  EXPECT_EQ(dir.read_file("x/old", 3).value(), "new");
  EXPECT_EQ(dir.rename("x/new", "old").error().code, Code::kNotFound);
  EXPECT_EQ(dir.rename("../x", "y").error().code, Code::kInvalid);
}

TEST(Dir, SmallFilesAreReplacedWhole) {
  const test::TempDir temp;
  const Dir dir = Dir::open(temp.path()).value();
  ASSERT_TRUE(dir.write_durably("secret", "one"));
  EXPECT_EQ(mode_of(temp.path() + "/secret"), 0600U);
  ASSERT_TRUE(dir.write_durably("secret", "second", kPublicFile));
  EXPECT_EQ(mode_of(temp.path() + "/secret"), 0644U);
  EXPECT_EQ(dir.read_file("secret", 6).value(), "second");
  EXPECT_EQ(dir.read_file("secret", 5).error().code, Code::kLimit);
  EXPECT_EQ(dir.list(".").value(), (std::vector<std::string>{"secret"}));

  const std::string big(100'000, 'x');
  ASSERT_TRUE(fs::write_durably(temp.path() + "/big", big));
  EXPECT_EQ(fs::read_file(temp.path() + "/big", big.size()).value(), big);
  EXPECT_EQ(fs::read_file(temp.path() + "/none", 1).error().code, Code::kNotFound);
  EXPECT_FALSE(fs::read_file("/proc/self/status", 1U << 20).value().empty());
}

TEST(Dir, LockIsExclusiveAndDiesWithItsHolder) {
  const test::TempDir temp;
  const Dir dir = Dir::open(temp.path()).value();
  {
    const Fd held = dir.lock("lock").value();
    const auto second = dir.lock("lock");
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Code::kUnavailable);
    EXPECT_NE(second.error().what.find("in use by another process"), std::string::npos);
  }
  EXPECT_TRUE(dir.lock("lock"));
}

// In a child, since the limit and the ignored signal are the process's.
TEST(File, NoSpaceIsItsOwnCode) {
  const test::TempDir temp;
  const Dir dir = Dir::open(temp.path()).value();
  File file = dir.create("f").value();
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{4096, 4096};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const bool right = file.write_at(0, std::string(4096, 'a')).has_value() &&
                       file.write_at(4096, "b").error().code == Code::kNoSpace &&
                       file.allocate(0, 8192).error().code == Code::kNoSpace;
    ::_exit(right ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

// tmpfs may have none; what is refused there is not written either.
TEST(Fs, DirectWritesAreReadThroughTheCache) {
  const test::TempDir temp;
  const Dir dir = Dir::open(temp.path()).value();
  ASSERT_TRUE(dir.create("f"));
  auto direct = dir.open_direct("f");
  if (!direct) GTEST_SKIP() << direct.error().what;
  EXPECT_EQ(dir.open_direct("absent").error().code, Code::kNotFound);
  Buffer memory(8192);
  std::ranges::fill(memory.span(), 'd');
  ASSERT_TRUE(direct->write_at(0, memory.first(8192)));
  File cached = dir.open_write("f").value();
  ASSERT_TRUE(cached.write_at(8192, "tail"));
  ASSERT_TRUE(cached.sync_data());
  EXPECT_EQ(dir.read_file("f", 1U << 20).value(), std::string(8192, 'd') + "tail");
}

}  // namespace
}  // namespace muzn::fs
