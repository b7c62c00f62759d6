#include "witness/cosigner.h"

#include <thread>

#include "merkle/verifier.h"
#include "unit/fs/temp_dir.h"
#include "unit/witness/fixture.h"

namespace muzn::witness {
namespace {

class CosignerTest : public testing::Test {
 protected:
  Cosigner open() {
    auto out = open_witness(dir_.path(), clock_);
    EXPECT_TRUE(out) << out.error().what;
    return *std::move(out);
  }
  std::string view_file() const { return dir_.path() + "/views/" + origin_hash("log.example/a"); }

  test::TempDir dir_;
  FakeClock clock_;
  Story story_;
};

TEST_F(CosignerTest, AnswerIsACosignatureOfNow) {
  Cosigner cosigner = open();
  const merkle::AddCheckpoint request = story_.grow(0, 7);
  const auto answer = cosigner.add(request);
  ASSERT_EQ(status_of(answer), 200);
  EXPECT_TRUE(answer->is_new);
  const auto lines = merkle::parse_signature_lines(answer->cosignature);
  ASSERT_TRUE(lines);
  ASSERT_EQ(lines->size(), 1U);
  EXPECT_EQ(merkle::verify_signature(cosigner.key(), request.checkpoint.note.text, lines->front()),
            1'700'000'000U);
}

TEST_F(CosignerTest, ViewHasTheLogsSignatureAndTheOwn) {
  Cosigner cosigner = open();
  EXPECT_EQ(cosigner.view(origin_hash("log.example/a")), std::nullopt);
  ASSERT_EQ(status_of(cosigner.add(story_.grow(0, 7))), 200);
  const auto note = cosigner.view(origin_hash("log.example/a"));
  ASSERT_TRUE(note);
  EXPECT_TRUE(merkle::open_checkpoint(*note, story_.log.verifier()));
  const std::vector<merkle::VerifierKey> both{story_.log.verifier(), cosigner.key()};
  EXPECT_EQ(merkle::verify_known(merkle::parse_note(*note).value(), both)->size(), 2U);
  EXPECT_EQ(cosigner.view(origin_hash("log.example/b")), std::nullopt);
}

TEST_F(CosignerTest, RemembersAcrossARestart) {
  {
    Cosigner cosigner = open();
    ASSERT_EQ(status_of(cosigner.add(story_.grow(0, 7))), 200);
    ASSERT_EQ(status_of(cosigner.add(story_.grow(7, 20))), 200);
  }
  Cosigner cosigner = open();
  EXPECT_EQ(view_of(cosigner), story_.honest.checkpoint(20));
  EXPECT_EQ(status_of(cosigner.add(story_.grow(0, 7))), 409);
  EXPECT_EQ(status_of(cosigner.add(story_.grow(7, 20))), 409);
  EXPECT_EQ(cosigner.add(story_.grow(0, 7))->known_size, 20U);
  EXPECT_EQ(status_of(cosigner.add(story_.fork(20, 30))), 422);
  EXPECT_EQ(status_of(cosigner.add(story_.fork(20, 20))), 422);
  EXPECT_EQ(status_of(cosigner.add(story_.grow(20, 30))), 200);
}

TEST_F(CosignerTest, OneOfTwoAtATimeWins) {
  Cosigner cosigner = open();
  ASSERT_EQ(status_of(cosigner.add(story_.grow(0, 4))), 200);
  // Both grow out of 4, and each would be right alone.
  const merkle::AddCheckpoint requests[] = {story_.grow(4, 9), story_.grow(4, 20),
                                            story_.fork(4, 12), story_.fork(4, 30)};
  std::atomic<int> cosigned = 0;
  std::atomic<int> conflicts = 0;
  {
    std::vector<std::jthread> threads;
    for (const merkle::AddCheckpoint& request : requests) {
      threads.emplace_back([&] {
        const int status = status_of(cosigner.add(request));
        cosigned += status == 200 ? 1 : 0;
        conflicts += status == 409 ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(cosigned, 1);
  EXPECT_EQ(conflicts, 3);
}

TEST_F(CosignerTest, SameCheckpointAgainIsCosignedWithANewTime) {
  Cosigner cosigner = open();
  const auto first = cosigner.add(story_.grow(0, 7));
  const auto same_second = cosigner.add(story_.grow(7, 7));
  EXPECT_EQ(status_of(same_second), 200);
  EXPECT_EQ(same_second->cosignature, first->cosignature);
  EXPECT_FALSE(same_second->is_new);
  clock_.seconds += 5;
  const auto later = cosigner.add(story_.grow(7, 7));
  EXPECT_EQ(status_of(later), 200);
  EXPECT_NE(later->cosignature, first->cosignature);
  EXPECT_TRUE(cosigner.view(origin_hash("log.example/a"))->contains(later->cosignature));
}

TEST_F(CosignerTest, TimesDoNotGoBack) {
  Cosigner cosigner = open();
  ASSERT_EQ(status_of(cosigner.add(story_.grow(0, 7))), 200);
  clock_.seconds -= 30;
  const auto answer = cosigner.add(story_.grow(7, 8));
  ASSERT_EQ(status_of(answer), 200);
  const auto line = merkle::parse_signature_lines(answer->cosignature)->front();
  EXPECT_EQ(merkle::verify_signature(cosigner.key(), story_.grow(7, 8).checkpoint.note.text, line),
            1'700'000'000U);
  clock_.seconds -= 300;
  EXPECT_EQ(status_of(cosigner.add(story_.grow(8, 9))), 503);
  clock_.seconds = 0;
  EXPECT_EQ(status_of(cosigner.add(story_.grow(8, 9))), 503);
  clock_.seconds = 1'700'000'001;
  EXPECT_EQ(status_of(cosigner.add(story_.grow(8, 9))), 200);
}

TEST_F(CosignerTest, LogsAreApart) {
  const merkle::Signer other = merkle::log_signer("log.example/b", 'b');
  auto cosigner =
      open_witness(dir_.path(), clock_, fs::kernel(), {story_.log.verifier(), other.verifier()});
  ASSERT_TRUE(cosigner);
  ASSERT_EQ(status_of(cosigner->add(story_.grow(0, 20))), 200);
  EXPECT_EQ(status_of(cosigner->add(story_.forked.request(0, 9, other))), 200);
  // The key of one log says nothing for another.
  const merkle::Signer thief = merkle::log_signer("log.example/b", 'l');
  EXPECT_EQ(status_of(cosigner->add(story_.honest.request(9, 12, thief))), 403);
  const merkle::Signer unknown = merkle::log_signer("log.example/c", 'l');
  EXPECT_EQ(status_of(cosigner->add(story_.honest.request(0, 9, unknown))), 404);
  EXPECT_EQ(status_of(cosigner->preview(story_.honest.request(0, 9, unknown))), 404);
}

TEST_F(CosignerTest, LogThatIsNoLongerKnownKeepsItsView) {
  {
    ASSERT_EQ(status_of(open().add(story_.grow(0, 7))), 200);
  }
  auto cosigner = open_witness(dir_.path(), clock_, fs::kernel(), {});
  ASSERT_TRUE(cosigner);
  EXPECT_EQ(view_of(*cosigner), story_.honest.checkpoint(7));
  EXPECT_EQ(status_of(cosigner->add(story_.grow(7, 8))), 404);
}

TEST_F(CosignerTest, KeysThatAreNoLogs) {
  const auto code = [&](std::vector<merkle::VerifierKey> logs) {
    const auto out = open_witness(dir_.path(), clock_, fs::kernel(), std::move(logs));
    return out ? Code::kInternal : out.error().code;
  };
  const merkle::VerifierKey log = story_.log.verifier();
  EXPECT_EQ(code({log, log}), Code::kInvalid);
  EXPECT_EQ(code({merkle::witness_signer("other", 'o').verifier()}), Code::kInvalid);
  // The witness's own key under a log's name and type.
  EXPECT_EQ(code({merkle::log_signer("log.example/a", 'w').verifier()}), Code::kInvalid);
}

TEST_F(CosignerTest, DamagedMemoryIsNotBelieved) {
  {
    ASSERT_EQ(status_of(open().add(story_.grow(0, 20))), 200);
  }
  const std::string good = fs::read_file(view_file(), 1U << 20).value();
  const auto code = [&](const std::string& note) {
    EXPECT_TRUE(fs::write_durably(view_file(), note));
    const auto out = open_witness(dir_.path(), clock_);
    return out ? Code::kInternal : out.error().code;
  };
  EXPECT_EQ(code(good), Code::kInternal);
  EXPECT_EQ(code(""), Code::kCorrupt);
  EXPECT_EQ(code(good.substr(0, good.size() / 2)), Code::kCorrupt);
  std::string smaller = good;
  smaller.replace(smaller.find("\n20\n"), 4, "\n19\n");
  EXPECT_EQ(code(smaller), Code::kCorrupt);
  // Signed by the log alone: somebody put it there.
  EXPECT_EQ(code(merkle::format_note(story_.grow(0, 7).checkpoint.note)), Code::kCorrupt);
  // Of another log.
  merkle::Checkpoint other = story_.honest.checkpoint(7, "log.example/b");
  const std::string text = merkle::format_checkpoint(other);
  EXPECT_EQ(code(merkle::format_note({text, {merkle::witness_signer().sign(text, 7)}})),
            Code::kCorrupt);
}

}  // namespace
}  // namespace muzn::witness
