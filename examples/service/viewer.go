package main

import (
	"encoding/json"
	"log"
	"net/http"

	"github.com/communitybuilder/communitybuilder/apierror"
	"github.com/communitybuilder/communitybuilder/viewer"
)

// asViewer hands the viewer of each request to whatever the handlers do with the
// client. The session is the service's own: it tells which user has signed in.
func asViewer(session func(*http.Request) (userID int64, ok bool), next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := viewer.Anonymous()
		if id, ok := session(r); ok {
			v = viewer.User(id)
		}
		next.ServeHTTP(w, r.WithContext(viewer.NewContext(r.Context(), v)))
	})
}

// refuse answers with an error. What the viewer may not see is 404, what they see
// and may not do 403; a handler that was reached past asViewer is 500.
func refuse(w http.ResponseWriter, err error) {
	e := apierror.From(err)
	if e.Code == apierror.Internal {
		log.Print(err)
	}
	answer(w, e.Status(), e)
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		log.Print(err)
	}
}
