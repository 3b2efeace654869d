// How lastcall's own processes speak when they are built with the sanitizers (the asan preset; nowhere else). A worker has an empty
// environment and perhaps another user, and nobody reads the last words of a process that a test kills: so the options are compiled in, and
// a report is a file in LASTCALL_SANITIZER_REPORTS, which tests/sanitizers/run looks into after the tests, whatever they said.
#define SHARED_OPTIONS "log_path=" LASTCALL_SANITIZER_REPORTS "/report:log_exe_name=1:exitcode=99:print_stacktrace=1"

extern "C" {

// A small quarantine: tests judge how much memory a stalled reader may cost. Leaks are looked for wherever a process ends by itself.
const char* __asan_default_options() {
  return SHARED_OPTIONS ":detect_stack_use_after_return=1:check_initialization_order=1:strict_string_checks=1:quarantine_size_mb=8:detect_leaks=1";
}

const char* __ubsan_default_options() { return SHARED_OPTIONS; }
}
