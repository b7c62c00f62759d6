# Writes OUT, the header that says which release this is, where it would say another thing than it
# does. VERSION; COMMIT, or SOURCES, a work tree of git.
if(NOT COMMIT)
  set(ENV{GIT_OPTIONAL_LOCKS} 0)
  execute_process(COMMAND git -C ${SOURCES} rev-parse --verify HEAD OUTPUT_VARIABLE COMMIT
                  ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
  execute_process(COMMAND git -C ${SOURCES} status --porcelain --untracked-files=no
                  OUTPUT_VARIABLE changes ERROR_QUIET)
  if(NOT COMMIT)
    set(COMMIT unknown)
  elseif(changes)
    string(APPEND COMMIT -changed)
  endif()
endif()
file(CONFIGURE OUTPUT ${OUT} @ONLY CONTENT [=[
#pragma once

namespace muzn::server {

inline constexpr const char* kReleaseVersion = "@VERSION@";
inline constexpr const char* kReleaseCommit = "@COMMIT@";

}  // namespace muzn::server
]=])
