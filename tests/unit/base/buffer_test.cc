#include "base/buffer.h"

#include <gtest/gtest.h>

#include <utility>

namespace muzn {
namespace {

TEST(Buffer, IsAlignedAndOwnsItsMemory) {
  Buffer one(8192);
  EXPECT_TRUE(is_buffer_aligned({one.data(), 1}));
  EXPECT_FALSE(is_buffer_aligned({one.data() + 512, 1}));
  one.span()[8191] = 'x';
  Buffer two = std::move(one);
  EXPECT_TRUE(one.empty());
  EXPECT_EQ(two.first(8192).back(), 'x');
  two = Buffer();
  EXPECT_TRUE(two.empty());
}

TEST(BufferPool, GivesNoMoreThanItMay) {
  BufferPool pool(4096, 2, 1);
  Buffer one = pool.take();
  Buffer two = pool.take();
  ASSERT_FALSE(one.empty());
  ASSERT_FALSE(two.empty());
  EXPECT_EQ(two.size(), 4096U);
  EXPECT_TRUE(pool.take().empty());
  EXPECT_EQ(pool.in_use(), 2U);
  one = Buffer();
  EXPECT_EQ(pool.in_use(), 1U);
  EXPECT_FALSE(pool.take().empty());
  two = Buffer();
  EXPECT_EQ(pool.in_use(), 0U);
}

TEST(BufferPool, GivesTheSameMemoryAgain) {
  BufferPool pool(4096, 2, 1);
  Buffer one = pool.take();
  const char* const data = one.data();
  one = Buffer();
  EXPECT_EQ(pool.take().data(), data);
}

}  // namespace
}  // namespace muzn
