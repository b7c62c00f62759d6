#include "merkle/note.h"

#include <gtest/gtest.h>

#include "codec/base64.h"
#include "merkle/checkpoint.h"
#include "merkle/signer.h"
#include "merkle/verifier.h"

namespace muzn::merkle {
namespace {

// From c2sp.org/signed-note, "Verifier keys".
constexpr char kVkey[] = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
constexpr char kNote[] =
    "This is an example message.\n"
    "\n"
    "— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
    "\n";
// From c2sp.org/tlog-cosignature, "Introduction".
constexpr char kCheckpoint[] =
    "example.com/behind-the-sofa\n"
    "20852163\n"
    "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    "\n"
    "— example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 "
    "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/"
    "zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBI"
    "fZ+qnA==\n";

Signer signer(const std::string& name, KeyType type = KeyType::kEd25519, char seed = 's') {
  return Signer::make(name, type, std::string(32, seed)).value();
}

std::string signed_by(const std::string& text, const std::vector<Signature>& signatures) {
  return format_note({text, signatures});
}

TEST(Vkey, VectorOfTheSpecification) {
  const auto key = parse_vkey(kVkey);
  ASSERT_TRUE(key) << key.error().what;
  EXPECT_EQ(key->name, "example.com/foo");
  EXPECT_EQ(key->key_id, 0x530d903aU);
  EXPECT_EQ(key->type, KeyType::kEd25519);
  EXPECT_EQ(format_vkey(*key), kVkey);
}

TEST(Vkey, OneForm) {
  for (const KeyType type : {KeyType::kEd25519, KeyType::kCosignature}) {
    const VerifierKey key = signer("a.example/log", type).verifier();
    EXPECT_EQ(parse_vkey(format_vkey(key)).value(), key);
  }
  const std::string good = kVkey;
  for (const std::string& text :
       {std::string(), std::string("example.com/foo"), std::string("example.com/foo+530d903a"),
        good + "\n", good.substr(1), good + "=", "+" + good.substr(good.find('+') + 1),
        std::string("example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"),
        std::string("example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"),
        std::string("example.com/foo+530d903a+Aekye"), std::string("example.com/foo+530d903a+"),
        std::string("example.com/fo o+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")}) {
    EXPECT_EQ(parse_vkey(text).error().code, Code::kInvalid) << text;
  }
  // ECDSA: known, not built.
  EXPECT_EQ(parse_vkey("a+00000000+" + codec::base64_encode("\x02key")).error().code,
            Code::kUnsupported);
}

TEST(Note, VectorOfTheSpecification) {
  const auto note = parse_note(kNote);
  ASSERT_TRUE(note) << note.error().what;
  EXPECT_EQ(note->text, "This is an example message.\n");
  EXPECT_EQ(format_note(*note), kNote);
  const VerifierKey key = parse_vkey(kVkey).value();
  EXPECT_EQ(verify_known(*note, {&key, 1}).value(), (std::vector<Verified>{{0, 0}}));
}

TEST(Note, TheTextMayHoldEmptyLines) {
  const Signer key = signer("poet.example");
  const std::string text = "one\n\n\ntwo\n\n";
  const auto note = parse_note(signed_by(text, {key.sign(text, 0)}));
  ASSERT_TRUE(note);
  EXPECT_EQ(note->text, text);
  EXPECT_EQ(verify_known(*note, {&key.verifier(), 1})->size(), 1U);
}

TEST(Note, OutsideTheGrammar) {
  const std::string line = format_signature({"name", 1, "signature"});
  const auto code = [](const std::string& note) {
    const auto parsed = parse_note(note);
    return parsed ? std::string("taken") : std::string(name(parsed.error().code));
  };
  EXPECT_EQ(code("text\n\n" + line), "taken");
  EXPECT_EQ(code("\n\n" + line), "taken");  // a text of one empty line
  for (const std::string& note : {std::string(),
                                  std::string("text\n"),
                                  std::string("text\n\n"),
                                  "text\n" + line,
                                  "\n" + line,
                                  "text\n\n" + line.substr(0, line.size() - 1),
                                  "text\n\n" + line + "more",
                                  "text\n\n" + line + "\n",
                                  "text\n\nmore\n" + line,
                                  "te\rxt\n\n" + line,
                                  "text\r\n\r\n" + line,
                                  "te\txt\n\n" + line,
                                  std::string("te\0xt\n\n", 7) + line,
                                  "te\x1Fxt\n\n" + line,
                                  "te\xFFxt\n\n" + line,
                                  "te\xC0\x80xt\n\n" + line,
                                  "te\xED\xA0\x80xt\n\n" + line,
                                  std::string("text\n\n- name AAAAAXNpZw==\n"),
                                  std::string("text\n\n—name AAAAAXNpZw==\n"),
                                  std::string("text\n\n— name\n"),
                                  std::string("text\n\n— name \n"),
                                  std::string("text\n\n—  AAAAAXNpZw==\n"),
                                  std::string("text\n\n— na+me AAAAAXNpZw==\n"),
                                  std::string("text\n\n— na\xC2\xA0me AAAAAXNpZw==\n"),
                                  std::string("text\n\n— name  AAAAAXNpZw==\n"),
                                  std::string("text\n\n— name AAAAAQ==\n"),
                                  std::string("text\n\n— name AAAAAXNpZw\n"),
                                  std::string("text\n\n— name AAAAAXNpZx==\n"),
                                  std::string("text\n\n— name AAAAAXNpZw== \n")}) {
    EXPECT_EQ(code(note), "invalid") << note;
  }
}

TEST(Note, ManySignaturesButNotAnyNumber) {
  const Signer key = signer("log.example");
  const std::string text = "text\n";
  std::vector<Signature> signatures(kSignaturesMax - 1,
                                    {"other.example", 7, std::string(2428, 'x')});
  signatures.push_back(key.sign(text, 0));
  const auto note = parse_note(signed_by(text, signatures));
  ASSERT_TRUE(note);
  EXPECT_EQ(verify_known(*note, {&key.verifier(), 1})->size(), 1U);
  signatures.push_back(key.sign(text, 0));
  EXPECT_EQ(parse_note(signed_by(text, signatures)).error().code, Code::kLimit);
  EXPECT_EQ(parse_note(std::string(kNoteBytesMax + 1, 'n')).error().code, Code::kLimit);
}

TEST(Verify, UnknownKeysAreIgnoredAndKnownOnesAreNot) {
  const Signer log = signer("log.example", KeyType::kEd25519, 'a');
  const Signer same_name = signer("log.example", KeyType::kEd25519, 'b');
  const std::string text = "text\n";
  const Signature good = log.sign(text, 0);
  const auto verify = [&](const std::vector<Signature>& signatures) {
    return verify_known({text, signatures}, {&log.verifier(), 1});
  };
  EXPECT_EQ(verify({good})->size(), 1U);
  EXPECT_EQ(verify({same_name.sign(text, 0)})->size(), 0U);
  EXPECT_EQ(verify({same_name.sign(text, 0), good})->size(), 1U);
  // The id alone is not the key: another name with it is another key.
  EXPECT_EQ(verify({{"other.example", good.key_id, "bad"}})->size(), 0U);
  Signature bad = good;
  bad.bytes[0] = static_cast<char>(bad.bytes[0] ^ 1);
  EXPECT_EQ(verify({bad}).error().code, Code::kDenied);
  // One good signature does not make up for a bad one, in either order.
  EXPECT_EQ(verify({good, bad}).error().code, Code::kDenied);
  EXPECT_EQ(verify({bad, good}).error().code, Code::kDenied);
  EXPECT_EQ(verify({good, good})->size(), 1U);
  bad.bytes.pop_back();
  EXPECT_EQ(verify({bad}).error().code, Code::kDenied);
}

TEST(Cosignature, SaysWhenAndIsNoPlainSignature) {
  const Signer witness = signer("witness.example/w1", KeyType::kCosignature);
  const std::string text = "log.example\n0\n" + to_base64(empty_root()) + "\n";
  EXPECT_EQ(cosigned_message("text\n", 1679315147), "cosignature/v1\ntime 1679315147\ntext\n");
  const Signature early = witness.sign(text, 100);
  const Signature late = witness.sign(text, 200);
  EXPECT_EQ(early.bytes.size(), 72U);
  const auto verify = [&](const std::vector<Signature>& signatures) {
    return verify_known({text, signatures}, {&witness.verifier(), 1});
  };
  EXPECT_EQ(verify({early}).value(), (std::vector<Verified>{{0, 100}}));
  EXPECT_EQ(verify({late, early}).value(), (std::vector<Verified>{{0, 200}}));
  Signature moved = early;  // to another time
  moved.bytes[7] = static_cast<char>(moved.bytes[7] + 1);
  EXPECT_EQ(verify({moved}).error().code, Code::kDenied);
  moved = early;
  moved.bytes[0] = '\x80';  // a time above 2^63 - 1
  EXPECT_EQ(verify({moved}).error().code, Code::kDenied);
  EXPECT_EQ(verify({{early.name, early.key_id, "short"}}).error().code, Code::kDenied);
  // The same public key as a plain one has another id.
  const Signer plain = signer("witness.example/w1");
  EXPECT_NE(plain.verifier().key_id, witness.verifier().key_id);
  EXPECT_EQ(verify({plain.sign(text, 0)})->size(), 0U);
}

TEST(SignatureLines, AsAWitnessAnswers) {
  const Signer witness = signer("witness.example/w1", KeyType::kCosignature);
  const Signature one = witness.sign("text\n", 5);
  const std::string lines = format_signature(one) + format_signature(one);
  EXPECT_EQ(parse_signature_lines(lines).value(), (std::vector<Signature>{one, one}));
  EXPECT_FALSE(parse_signature_lines(""));
  EXPECT_FALSE(parse_signature_lines(lines + "\n"));
  EXPECT_FALSE(parse_signature_lines("\n" + lines));
}

TEST(Checkpoint, ExampleOfTheSpecification) {
  const auto parsed = parse_signed_checkpoint(kCheckpoint);
  ASSERT_TRUE(parsed) << parsed.error().what;
  EXPECT_EQ(parsed->checkpoint.origin, "example.com/behind-the-sofa");
  EXPECT_EQ(parsed->checkpoint.size, 20852163U);
  EXPECT_EQ(parsed->checkpoint.extension, "");
  EXPECT_EQ(format_checkpoint(parsed->checkpoint), parsed->note.text);
  ASSERT_EQ(parsed->note.signatures.size(), 2U);
  EXPECT_EQ(parsed->note.signatures[1].bytes.substr(4, 4),
            std::string("\x64\x18\x50\xCB", 4));  // 1679315147, as the page says
}

TEST(Checkpoint, OneForm) {
  const std::string root = to_base64(leaf_hash("x"));
  EXPECT_TRUE(parse_checkpoint("o\n1\n" + root + "\n"));
  const auto extended = parse_checkpoint("o\n1\n" + root + "\nmore\neven more\n");
  ASSERT_TRUE(extended);
  EXPECT_EQ(extended->extension, "more\neven more\n");
  for (const std::string& text :
       {std::string(), std::string("o\n1\n"), "o\n1\n" + root, "\n1\n" + root + "\n",
        "o\n\n" + root + "\n", "o\n01\n" + root + "\n", "o\n+1\n" + root + "\n",
        "o\n-1\n" + root + "\n", "o\n9223372036854775808\n" + root + "\n", "o\n0\n" + root + "\n",
        "o\n1\n" + root + "=\n", "o\n1\n" + root.substr(4) + "\n", "o\n1\n" + root + "\n\n",
        "o\n1\n" + root + "\nmore", "o\n1\n" + root + "\nmore\n\nmore\n"}) {
    EXPECT_EQ(parse_checkpoint(text).error().code, Code::kInvalid) << text;
  }
}

TEST(Checkpoint, IsOfItsLogOnly) {
  const Signer log = signer("log.example");
  const auto note = [&](const std::string& origin) {
    const std::string text = format_checkpoint({origin, 1, leaf_hash("x"), ""});
    return signed_by(text, {log.sign(text, 0)});
  };
  EXPECT_TRUE(open_checkpoint(note("log.example"), log.verifier()));
  EXPECT_EQ(open_checkpoint(note("other.example"), log.verifier()).error().code, Code::kDenied);
  const Signer other = signer("log.example", KeyType::kEd25519, 'o');
  EXPECT_EQ(open_checkpoint(note("log.example"), other.verifier()).error().code, Code::kDenied);
}

// Every bit of a signed checkpoint counts, but those of signatures of keys that nobody knows.
TEST(Checkpoint, AnyChangedBitIsNoticed) {
  const Signer log = signer("log.example");
  const std::string text = format_checkpoint({"log.example", 257, leaf_hash("x"), ""});
  const std::string note = signed_by(text, {log.sign(text, 0)});
  for (std::size_t bit = 0; bit < 8 * note.size(); ++bit) {
    std::string other = note;
    other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(open_checkpoint(other, log.verifier())) << bit;
  }
}

}  // namespace
}  // namespace muzn::merkle
