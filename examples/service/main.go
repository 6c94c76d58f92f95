// Command service answers HTTP requests, each for its viewer, and carelessly: its
// handlers ask for rows by whatever id they are given, and never who is asking.
//
//	go run ./examples/service -db sqlite:platform.db
//	curl -H 'X-User: 1' localhost:8080/forums/1/posts
package main

import (
	"context"
	"flag"
	"log"
	"net/http"
	"strconv"
	"time"

	cb "github.com/communitybuilder/communitybuilder"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/post"
)

func main() {
	url := flag.String("db", "sqlite::memory:", "`URL` of the database: sqlite:… or postgres://…")
	flag.Parse()
	client, err := cb.Open(context.Background(), *url)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	server := http.Server{Addr: "localhost:8080", Handler: asViewer(trusting, routes(client)), ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.ListenAndServe())
}

// trusting believes the header, as behind a gateway that checks who has signed in
// and sets it. Whoever is reached directly needs a session of their own.
func trusting(r *http.Request) (userID int64, ok bool) {
	id, err := strconv.ParseInt(r.Header.Get("X-User"), 10, 64)
	return id, err == nil && id > 0
}

func routes(client *ent.Client) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /forums/{id}/posts", func(w http.ResponseWriter, r *http.Request) {
		forum, err := client.Forum.Get(r.Context(), id(r))
		if err != nil {
			refuse(w, err)
			return
		}
		posts, err := forum.QueryPosts().WithAuthor().Order(post.ByCreatedAt(), post.ByID()).Limit(20).All(r.Context())
		if err != nil {
			refuse(w, err)
			return
		}
		answer(w, http.StatusOK, posts)
	})
	mux.HandleFunc("PATCH /communities/{id}", func(w http.ResponseWriter, r *http.Request) {
		c, err := client.Community.UpdateOneID(id(r)).SetName(r.FormValue("name")).Save(r.Context())
		if err != nil {
			refuse(w, err)
			return
		}
		answer(w, http.StatusOK, c)
	})
	return mux
}

// id is that of the path; 0, which no row has, where it is no number.
func id(r *http.Request) int64 {
	n, _ := strconv.ParseInt(r.PathValue("id"), 10, 64)
	return n
}
