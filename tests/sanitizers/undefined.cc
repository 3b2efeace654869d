// Does what C++ leaves undefined: an overflow.
int main(int argc, char**) {
  volatile int most = __INT_MAX__;
  most = most + argc;
  return 0;
}
