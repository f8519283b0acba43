#include <cstdio>

int main() { std::puts("firstcome " FIRSTCOME_VERSION); }
