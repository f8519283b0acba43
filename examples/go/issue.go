// Asks firstcome for a coupon: go run issue.go URL COUPON USER. Go's standard library is all it needs.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

type answer struct {
	Sequence int64  `json:"sequence"`
	Code     string `json:"code"`
	Detail   string `json:"detail"`
}

var errUnknown = errors.New("no answer yet: ask again later, and do not say that it is sold out")

// Whether the user has the coupon; when not, answer.Code says why. errUnknown: nobody knows yet. ctx limits all tries.
func issue(ctx context.Context, client *http.Client, url, coupon string, user int64) (bool, answer, error) {
	for {
		wait := time.Duration(200+rand.Intn(400)) * time.Millisecond // after a try without an answer
		request, err := http.NewRequestWithContext(ctx, "POST", url+"/v1/coupons/"+coupon+"/issues",
			strings.NewReader(fmt.Sprintf(`{"userId":%d}`, user)))
		if err != nil {
			return false, answer{}, err
		}
		request.Header.Set("Content-Type", "application/json")
		if response, err := client.Do(request); err == nil {
			var told answer
			err = json.NewDecoder(response.Body).Decode(&told)
			response.Body.Close()
			switch response.StatusCode {
			case 200, 201, 202: // had it, got it, was accepted
				if err == nil {
					return true, told, nil
				}
			case 409:
				return false, told, err
			case 503:
				seconds, _ := strconv.Atoi(response.Header.Get("Retry-After"))
				wait += time.Duration(min(max(seconds, 1), 5)) * time.Second
			default:
				return false, told, fmt.Errorf("the request is wrong: %s %s", response.Status, told.Detail)
			}
		} // else: it may have been done, and asking again says so
		select {
		case <-ctx.Done():
			return false, answer{}, errUnknown
		case <-time.After(wait):
		}
	}
}

func min(a, b int) int {
	if a < b {
		return a
	}
	return b
}

func max(a, b int) int { return a + b - min(a, b) }

func main() {
	user, err := strconv.ParseInt(os.Args[3], 10, 64)
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	yes, told := false, answer{}
	if err == nil {
		yes, told, err = issue(ctx, &http.Client{Timeout: 6 * time.Second}, os.Args[1], os.Args[2], user)
	}
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	case yes:
		fmt.Println("yes", told.Sequence)
	default:
		fmt.Println("no", told.Code)
		os.Exit(1)
	}
}
