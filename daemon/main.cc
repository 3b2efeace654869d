#include "app/entry.h"
#include "os/inherited_state.h"

namespace {

// Before the constructors of everything that is linked in, which take most of the time until main(). 101 is the first priority that the
// compiler leaves to programs.
__attribute__((constructor(101))) void block_signals() { lastcall::os::block_signals_early(); }

}  // namespace

int main(int argc, char** argv) { return lastcall::app::run(argc, argv); }
