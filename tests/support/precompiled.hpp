#pragma once

// What nearly every test includes, compiled once. Nothing may rely on it: each file still includes what it uses.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/precompiled.hpp"
