#include "app/entry.h"

int main(int argc, char** argv) { return lastcall::app::run(argc, argv); }
