package main

import (
	"context"
	"database/sql"
	"errors"
	"log"
	"strings"
	"time"

	"github.com/redis/rueidis"
)

const (
	group    = "writers"
	consumer = "writer-1" // one worker runs at a time; after a crash it finds by its name what it had taken
	batch    = 1000
)

type worker struct {
	redis rueidis.Client
	db    *sql.DB
}

// run moves entries of the stream into rows. What it had taken and not acknowledged when it was killed comes first:
// from "0" on until nothing is pending, then what is new (">"). A row that is there already is no error.
func (w *worker) run(ctx context.Context) error {
	from := "0"
	for ctx.Err() == nil {
		entries, err := w.read(ctx, from)
		if err == nil && len(entries) == 0 {
			from = ">"
			continue
		}
		if err == nil {
			err = w.write(ctx, entries)
		}
		if err != nil {
			log.Print(err)
			from = "0"
			w.makeGroup(ctx)
			time.Sleep(100 * time.Millisecond)
		}
	}
	return ctx.Err()
}

func (w *worker) makeGroup(ctx context.Context) {
	create := w.redis.B().XgroupCreate().Key(stream).Group(group).Id("0").Mkstream().Build()
	if err := w.redis.Do(ctx, create).Error(); err != nil && !strings.HasPrefix(err.Error(), "BUSYGROUP") {
		log.Print(err)
	}
}

func (w *worker) read(ctx context.Context, from string) ([]rueidis.XRangeEntry, error) {
	command := w.redis.B().Xreadgroup().Group(group, consumer).Count(batch).Block(1000).Streams().Key(stream).Id(from).Build()
	found, err := w.redis.Do(ctx, command).AsXRead()
	if rueidis.IsRedisNil(err) {
		return nil, nil
	}
	return found[stream], err
}

func (w *worker) write(ctx context.Context, entries []rueidis.XRangeEntry) error {
	values, ids := make([]any, 0, 2*len(entries)), make([]string, 0, len(entries))
	for _, entry := range entries {
		ids = append(ids, entry.ID)
		if entry.FieldValues != nil { // nil: deleted, and still pending
			values = append(values, entry.FieldValues["coupon"], entry.FieldValues["user"])
		}
	}
	if len(values) > 0 {
		rows := strings.TrimSuffix(strings.Repeat("(?,?),", len(values)/2), ",")
		_, err := w.db.ExecContext(ctx, "INSERT INTO coupon_issues (coupon_id, user_id) VALUES "+rows+
			" ON DUPLICATE KEY UPDATE user_id = VALUES(user_id)", values...)
		if err != nil {
			return err
		}
	}
	done := w.redis.DoMulti(ctx, w.redis.B().Xack().Key(stream).Group(group).Id(ids...).Build(),
		w.redis.B().Xdel().Key(stream).Id(ids...).Build())
	return errors.Join(done[0].Error(), done[1].Error())
}
