// A database that failed is given up on purpose (kv/database.h): what RocksDB holds stays behind.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
  return "leak:librocksdb";
}
