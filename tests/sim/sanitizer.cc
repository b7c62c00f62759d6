// How the sanitizers treat RocksDB, which is not built with them.

// The stacks of its allocations would cost more than the recoveries that the tests count.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() {
  return "malloc_context_size=4:quarantine_size_mb=16";
}

// A database that failed is given up on purpose (kv/database.h).
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
  return "leak:librocksdb";
}
