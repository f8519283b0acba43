module firstcome/peer

go 1.25.0

require (
	github.com/go-sql-driver/mysql v1.10.1
	github.com/redis/rueidis v1.0.79
)

require (
	filippo.io/edwards25519 v1.2.0 // indirect
	golang.org/x/sys v0.47.0 // indirect
)
