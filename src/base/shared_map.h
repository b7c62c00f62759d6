// Sorted maps and sets whose copies are cheap: a copy shares with its original all that neither
// changes afterwards. For values that are large, copied for each change, and read by many. Pure.
//
// A list of chunks, each a list of entries; both kinds are never changed once another one may see
// them. With n entries a copy costs n / 40 counts, a change one chunk, a look-up log n.
#pragma once
#include <algorithm>
#include <cstddef>
#include <functional>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "base/error.h"

namespace muzn {

// The common part: entries T, ascending by their keys, each key once.
template <class K, class T, class KeyOf>
class SharedSorted {
  using Entry = std::shared_ptr<const T>;
  using Chunk = std::vector<Entry>;  // not empty
  struct Slot {
    std::shared_ptr<const Chunk> chunk;
    const K* last = nullptr;  // of the chunk's entries, for searches
  };

 public:
  using key_type = K;
  using value_type = T;

  // Ends with the map's next change.
  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using pointer = const T*;
    using reference = const T&;

    Iterator() = default;
    reference operator*() const { return *(*(*slots_)[slot_].chunk)[at_]; }
    pointer operator->() const { return &**this; }
    Iterator& operator++() {
      if (++at_ == (*slots_)[slot_].chunk->size()) {
        ++slot_;
        at_ = 0;
      }
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator& other) const {
      return slot_ == other.slot_ && at_ == other.at_;
    }

   private:
    friend class SharedSorted;
    Iterator(const std::vector<Slot>* slots, std::size_t slot, std::size_t at)
        : slots_(slots), slot_(slot), at_(at) {}

    const std::vector<Slot>* slots_ = nullptr;
    std::size_t slot_ = 0;
    std::size_t at_ = 0;
  };
  using iterator = Iterator;
  using const_iterator = Iterator;

  Iterator begin() const { return {&slots_, 0, 0}; }
  Iterator end() const { return {&slots_, slots_.size(), 0}; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // The first entry whose key is not less.
  Iterator lower_bound(const K& key) const { return bound(key); }
  template <class Q>
  Iterator lower_bound(const Q& key) const {
    return bound(key);
  }
  Iterator find(const K& key) const { return search(key); }
  template <class Q>
  Iterator find(const Q& key) const {
    return search(key);
  }
  bool contains(const K& key) const { return search(key) != end(); }
  template <class Q>
  bool contains(const Q& key) const {
    return search(key) != end();
  }

  // How many there were: 0 or 1.
  std::size_t erase(const K& key) { return remove(search(key)); }
  template <class Q>
  std::size_t erase(const Q& key) {
    return remove(search(key));
  }

  bool operator==(const SharedSorted& other) const {
    if (size_ != other.size_) return false;
    for (auto a = begin(), b = other.begin(); a != end(); ++a, ++b) {
      if (&*a != &*b && !(*a == *b)) return false;
    }
    return true;
  }

 protected:
  // REQUIRES that no entry has its key. `before`: lower_bound() of it.
  void add(Iterator before, std::shared_ptr<const T> entry) {
    ++size_;
    if (slots_.empty()) return slots_.push_back(slot_of({std::move(entry)}));
    if (before.slot_ == slots_.size()) {
      before.slot_ = slots_.size() - 1;
      before.at_ = slots_.back().chunk->size();
    }
    Slot& slot = slots_[before.slot_];
    Chunk chunk;
    chunk.reserve(slot.chunk->size() + 1);
    chunk = *slot.chunk;
    chunk.insert(chunk.begin() + static_cast<std::ptrdiff_t>(before.at_), std::move(entry));
    if (chunk.size() <= kChunkMax) {
      slot = slot_of(std::move(chunk));
      return;
    }
    const auto middle = chunk.begin() + kChunkMax / 2;
    slot = slot_of(Chunk(chunk.begin(), middle));
    slots_.insert(slots_.begin() + static_cast<std::ptrdiff_t>(before.slot_) + 1,
                  slot_of(Chunk(middle, chunk.end())));
  }
  void replace(Iterator at, std::shared_ptr<const T> entry) {
    Chunk chunk = *slots_[at.slot_].chunk;
    chunk[at.at_] = std::move(entry);
    slots_[at.slot_] = slot_of(std::move(chunk));
  }

 private:
  static constexpr std::size_t kChunkMax = 64;

  static bool less(const auto& a, const auto& b) { return std::less<>()(a, b); }
  static Slot slot_of(Chunk chunk) {
    Slot out{.chunk = std::make_shared<const Chunk>(std::move(chunk))};
    out.last = &KeyOf()(*out.chunk->back());
    return out;
  }

  template <class Q>
  Iterator bound(const Q& key) const {
    const auto slot = std::partition_point(
        slots_.begin(), slots_.end(), [&key](const Slot& one) { return less(*one.last, key); });
    if (slot == slots_.end()) return end();
    const auto at =
        std::partition_point(slot->chunk->begin(), slot->chunk->end(),
                             [&key](const Entry& one) { return less(KeyOf()(*one), key); });
    return {&slots_, static_cast<std::size_t>(slot - slots_.begin()),
            static_cast<std::size_t>(at - slot->chunk->begin())};
  }
  template <class Q>
  Iterator search(const Q& key) const {
    const Iterator found = bound(key);
    return found == end() || less(key, KeyOf()(*found)) ? end() : found;
  }

  std::size_t remove(Iterator at) {
    if (at == end()) return 0;
    --size_;
    const auto slot = slots_.begin() + static_cast<std::ptrdiff_t>(at.slot_);
    Chunk chunk = *slot->chunk;
    chunk.erase(chunk.begin() + static_cast<std::ptrdiff_t>(at.at_));
    // So that chunks don't become many and small.
    const auto next = slot + 1;
    if (next != slots_.end() && chunk.size() + next->chunk->size() <= kChunkMax / 2) {
      chunk.insert(chunk.end(), next->chunk->begin(), next->chunk->end());
      slots_.erase(next);
    }
    if (chunk.empty()) {
      slots_.erase(slots_.begin() + static_cast<std::ptrdiff_t>(at.slot_));
    } else {
      slots_[at.slot_] = slot_of(std::move(chunk));
    }
    return 1;
  }

  std::vector<Slot> slots_;
  std::size_t size_ = 0;
};

struct FirstOfPair {
  const auto& operator()(const auto& entry) const { return entry.first; }
};

// As std::map, but values are changed through edit() or operator[] alone.
template <class K, class V>
class SharedMap : public SharedSorted<K, std::pair<const K, V>, FirstOfPair> {
  using Pair = std::pair<const K, V>;

 public:
  // Whether it was not there: else nothing changes.
  template <class U = V>
  bool emplace(K key, U&& value) {
    const auto at = this->lower_bound(key);
    if (is_at(at, key)) return false;
    this->add(at, std::make_shared<const Pair>(std::move(key), std::forward<U>(value)));
    return true;
  }
  template <class U = V>
  void insert_or_assign(K key, U&& value) {
    const auto at = this->lower_bound(key);
    const bool is_there = is_at(at, key);
    auto entry = std::make_shared<const Pair>(std::move(key), std::forward<U>(value));
    is_there ? this->replace(at, std::move(entry)) : this->add(at, std::move(entry));
  }
  // REQUIRES contains(key). To change it, before the map is copied or changed again.
  V& edit(const K& key) {
    const auto at = this->find(key);
    CHECK(at != this->end());
    const auto entry = std::make_shared<Pair>(*at);
    this->replace(at, entry);
    return entry->second;
  }
  // The same; what is not there is made.
  V& operator[](const K& key) {
    const auto at = this->lower_bound(key);
    if (is_at(at, key)) return edit(key);
    const auto entry = std::make_shared<Pair>(key, V());
    this->add(at, entry);
    return entry->second;
  }
  const V& at(const K& key) const {
    const auto found = this->find(key);
    CHECK(found != this->end());
    return found->second;
  }

 private:
  bool is_at(const auto& at, const K& key) const {
    return at != this->end() && !std::less<>()(key, at->first);
  }
};

template <class K>
class SharedSet : public SharedSorted<K, K, std::identity> {
 public:
  // Whether it was not there.
  bool insert(K key) {
    const auto at = this->lower_bound(key);
    if (at != this->end() && !std::less<>()(key, *at)) return false;
    this->add(at, std::make_shared<const K>(std::move(key)));
    return true;
  }
};

}  // namespace muzn
