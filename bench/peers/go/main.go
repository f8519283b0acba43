// A coupon service as a Go programmer would write it: net/http, rueidis with one script, a stream, go-sql-driver.
// `peer api` answers requests, `peer worker` writes the rows.
package main

import (
	"context"
	"database/sql"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	_ "github.com/go-sql-driver/mysql"
	"github.com/redis/rueidis"
)

const stream = "go:issues"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	redis, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress:  []string{"127.0.0.1:" + os.Getenv("REDIS_PORT")},
		DisableCache: true,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer redis.Close()
	db, err := sql.Open("mysql", fmt.Sprintf("root@tcp(127.0.0.1:%s)/%s?interpolateParams=true&parseTime=true",
		os.Getenv("MYSQL_PORT"), os.Getenv("MYSQL_DATABASE")))
	if err != nil {
		log.Fatal(err)
	}
	db.SetMaxOpenConns(10)
	db.SetMaxIdleConns(10)
	db.SetConnMaxLifetime(3 * time.Minute)
	if len(os.Args) == 2 && os.Args[1] == "worker" {
		err = (&worker{redis: redis, db: db}).run(ctx)
	} else {
		text, unread := os.ReadFile(os.Getenv("ISSUE_LUA"))
		if unread != nil {
			log.Fatal(unread)
		}
		err = (&api{redis: redis, db: db, script: rueidis.NewLuaScript(string(text)),
			soldOutLocally: os.Getenv("SOLD_OUT_LOCALLY") == "1"}).run(ctx)
	}
	if err != nil && ctx.Err() == nil {
		log.Fatal(err)
	}
}
