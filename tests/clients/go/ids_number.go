//go:build !text

package main

// Ids as --ids number has them.
type id = int64

func idOf(value int64) id { return value }
