# lastcall_reports_to_files(TARGET): in a build with the sanitizers (the asan preset) its reports are files in LASTCALL_SANITIZER_REPORTS.
# Their runtimes are linked in: as shared libraries, each takes the other's report file for its own, and undefined behaviour is told to
# standard error alone.
function(lastcall_reports_to_files target)
  if(LASTCALL_SANITIZER_REPORTS)
    target_sources(${target} PRIVATE ${CMAKE_SOURCE_DIR}/tests/sanitizers/options.cc)
    target_compile_definitions(${target} PRIVATE LASTCALL_SANITIZER_REPORTS="${LASTCALL_SANITIZER_REPORTS}")
    target_link_options(${target} PRIVATE -static-libasan -static-libubsan)
  endif()
endfunction()
