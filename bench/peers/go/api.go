package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/redis/rueidis"
)

type api struct {
	script         *rueidis.Lua
	redis          rueidis.Client
	db             *sql.DB
	coupons        sync.Map // id → *coupon, for a minute
	soldOut        sync.Map // id → true
	soldOutLocally bool
}

type coupon struct {
	total      string
	start, end time.Time
	loaded     time.Time
}

func (a *api) run(ctx context.Context) error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", a.ready)
	mux.HandleFunc("POST /v1/coupons/{id}/issues", a.issue)
	server := &http.Server{Addr: "127.0.0.1:" + os.Getenv("PORT"), Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		<-ctx.Done()
		_ = server.Shutdown(context.Background())
	}()
	return server.ListenAndServe()
}

func (a *api) ready(w http.ResponseWriter, r *http.Request) {
	if a.redis.Do(r.Context(), a.redis.B().Ping().Build()).Error() != nil || a.db.PingContext(r.Context()) != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
}

func (a *api) issue(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	var body struct {
		UserID int64 `json:"userId"`
	}
	if err := json.NewDecoder(io.LimitReader(r.Body, 4096)).Decode(&body); err != nil || body.UserID <= 0 {
		answer(w, http.StatusBadRequest, `{"code":"invalid_request"}`)
		return
	}
	c, err := a.couponOf(r.Context(), id)
	if errors.Is(err, sql.ErrNoRows) {
		answer(w, http.StatusNotFound, `{"code":"no_such_coupon"}`)
		return
	}
	if err != nil {
		a.unavailable(w, err)
		return
	}
	if now := time.Now(); now.Before(c.start) || !now.Before(c.end) {
		answer(w, http.StatusConflict, `{"code":"not_open"}`)
		return
	}
	if a.soldOutLocally {
		if _, known := a.soldOut.Load(id); known {
			answer(w, http.StatusConflict, `{"code":"sold_out"}`)
			return
		}
	}
	decision, err := a.script.Exec(r.Context(), a.redis, []string{"go:users:" + id, stream},
		[]string{strconv.FormatInt(body.UserID, 10), id, c.total}).AsInt64()
	if err != nil {
		a.unavailable(w, err)
		return
	}
	switch decision {
	case 1:
		answer(w, http.StatusAccepted, `{"status":"accepted"}`)
	case 2:
		answer(w, http.StatusOK, `{"status":"already_issued"}`)
	default:
		if a.soldOutLocally {
			a.soldOut.Store(id, true)
		}
		answer(w, http.StatusConflict, `{"code":"sold_out"}`)
	}
}

func (a *api) couponOf(ctx context.Context, id string) (*coupon, error) {
	if found, ok := a.coupons.Load(id); ok && time.Since(found.(*coupon).loaded) < time.Minute {
		return found.(*coupon), nil
	}
	c := &coupon{loaded: time.Now()}
	var total int64
	err := a.db.QueryRowContext(ctx, "SELECT total_quantity, date_issue_start, date_issue_end FROM coupons WHERE id = ?", id).
		Scan(&total, &c.start, &c.end)
	if err != nil {
		return nil, err
	}
	c.total = strconv.FormatInt(total, 10)
	a.coupons.Store(id, c)
	return c, nil
}

func (a *api) unavailable(w http.ResponseWriter, err error) {
	log.Print(err)
	answer(w, http.StatusServiceUnavailable, `{"code":"unavailable"}`)
}

func answer(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}
