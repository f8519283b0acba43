//go:build text

package main

import "strconv"

// Ids as --ids string has them.
type id = string

func idOf(value int64) id { return strconv.FormatInt(value, 10) }
