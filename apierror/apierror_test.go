package apierror_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/communitybuilder/communitybuilder/apierror"
)

// Every constant of the catalogue has a status and a meaning.
func TestTheCatalogueIsComplete(t *testing.T) {
	codes := slices.Sorted(maps.Values(constants(t)))
	if !slices.Equal(codes, apierror.Codes()) {
		t.Errorf("constants %v, catalogue %v", codes, apierror.Codes())
	}
	for _, c := range codes {
		class := 4 // the caller's part
		if c == apierror.Internal || c == apierror.Contention {
			class = 5
		}
		if c.Meaning() == "" || c.Status()/100 != class {
			t.Errorf("%s: status %d, %q", c, c.Status(), c.Meaning())
		}
	}
}

func TestAnErrorAsItIsAnswered(t *testing.T) {
	for _, tt := range []struct {
		err    error
		json   string
		status int
	}{
		{
			fmt.Errorf("voting: %w", &apierror.Error{Code: apierror.OtherPoll, Entity: "PollVote", Field: "option_id", Rule: "the option must be one of the poll"}),
			`{"error":"PollVote.option_id: the option must be one of the poll","code":"other_poll"}`, 400,
		},
		{&apierror.Error{Code: apierror.NotFound, Entity: "Poll"}, `{"error":"Poll: there is no such row, or none that may be seen","code":"not_found"}`, 404},
		{&apierror.Error{Code: apierror.AlreadyVoted}, `{"error":"the user has voted in the poll already","code":"already_voted"}`, 409},
		{fmt.Errorf("voting: %w", apierror.AlreadyVoted), `{"error":"the user has voted in the poll already","code":"already_voted"}`, 409},
		{apierror.Contention, `{"error":"others were changing the same at every attempt: try again","code":"contention"}`, 503},
		{&apierror.Error{Code: "of_tomorrow"}, `{"error":"of_tomorrow","code":"of_tomorrow"}`, 500},
		{errors.New(`pq: syntax error in SELECT secret`), `{"error":"internal error","code":"internal_error"}`, 500},
	} {
		e := apierror.From(tt.err)
		text, err := json.Marshal(e)
		if err != nil || string(text) != tt.json || e.Status() != tt.status {
			t.Errorf("%v is answered as %d %s, %v; want %d %s", tt.err, e.Status(), text, err, tt.status, tt.json)
		}
		if !errors.Is(e, e.Code) {
			t.Errorf("%v is not its code", e)
		}
	}
	if apierror.From(nil) != nil {
		t.Error("no error is an error")
	}
}
