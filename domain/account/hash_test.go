package account

import (
	"errors"
	"strings"
	"testing"
)

// vectors were made by Python's hashlib:
//
//	"pbkdf2_sha256$%d$%s$%s" % (n, salt, base64.b64encode(hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), n)).decode())
var vectors = []struct {
	name, password, salt string
	iterations           int
	encoded              string
	weak                 bool
}{
	{
		"today's default", "correct horse battery staple", "factory0salt0for0the0x", 1_500_000,
		"pbkdf2_sha256$1500000$factory0salt0for0the0x$+JU6snpllhxwQ1geqKJzDeCT7SmsIPoUYrOcO4ahpAg=", false,
	},
	{
		"an earlier default and a short salt", "correct horse battery staple", "abcdefgh", 600_000,
		"pbkdf2_sha256$600000$abcdefgh$C1FY5vbXdw7vwS9JB+3Rafz5X5PvRwiqyBuC/b0SSoI=", true,
	},
	{
		"one iteration", "lètmein", "seasalt", 1,
		"pbkdf2_sha256$1$seasalt$mJQ8D8xVBAKQGCo0t0n+NSPS2a0gQhVtjuC9LdL9WiM=", true,
	},
	{
		"several scripts", "пароль 密码 🔑", "Ab0Zz9Ab0Zz9Ab0Zz9Ab0Z", 10_000,
		"pbkdf2_sha256$10000$Ab0Zz9Ab0Zz9Ab0Zz9Ab0Z$wbiv1kJUktxIADbrGF/TbkeXS3YutXFXRxYGVupyB4Y=", true,
	},
	{
		"longer than HMAC's block", strings.Repeat("x", 65), "sixty-five/characters.", 1000,
		"pbkdf2_sha256$1000$sixty-five/characters.$OEBUFwoJ4+gRS5oI6LGclL46oyzBwV3xI8nQAt/8eHU=", true,
	},
	{
		"spaces and a zero byte", " a\x00b ", "s a l t", 2,
		"pbkdf2_sha256$2$s a l t$j9i0wYIzTvA/7wS89jf81aDhrAGES6LGnWjJSRydkOI=", true,
	},
}

func TestPasswordsAreThoseOfDjango(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			sum := must[[]byte](t)(pbkdf2SHA256(v.password, v.salt, v.iterations))
			if got := (hash{v.iterations, v.salt, sum}).String(); got != v.encoded {
				t.Errorf("encoded as %s, want %s", got, v.encoded)
			}
			if !must[bool](t)(VerifyPassword(v.password, v.encoded)) {
				t.Error("the right password is refused")
			}
			if v.iterations <= 10_000 && must[bool](t)(VerifyPassword(v.password+"x", v.encoded)) {
				t.Error("a wrong password is accepted")
			}
			if got := must[bool](t)(NeedsUpgrade(v.encoded)); got != v.weak {
				t.Errorf("needs an upgrade: %v, want %v", got, v.weak)
			}
		})
	}
}

func TestANewHashIsUpToDate(t *testing.T) {
	encoded := must[string](t)(HashPassword(password))
	if !strings.HasPrefix(encoded, "pbkdf2_sha256$1500000$") || len(encoded) > 128 {
		t.Errorf("encoded as %s", encoded)
	}
	if must[bool](t)(NeedsUpgrade(encoded)) {
		t.Error("it needs an upgrade already")
	}
	if !must[bool](t)(VerifyPassword(password, encoded)) {
		t.Error("the password doesn't match")
	}
	if first, second := hashed(t, password, 1), hashed(t, password, 1); first == second {
		t.Error("the salt repeats")
	}
}

func TestAnEmptyPasswordIsRefused(t *testing.T) {
	_, err := HashPassword("")
	if !errors.Is(err, ErrInvalidPassword) || err.Error() != "User.password: must not be empty" {
		t.Errorf("got %v", err)
	}
}

func TestNothingMatchesAnUnusablePassword(t *testing.T) {
	for _, encoded := range []string{"!", "!eD8hEIZdRy3WJqfcXyVeEUHSfCcDYsvnCW3fPQ5v", "!" + vectors[2].encoded} {
		for _, password := range []string{"", "!", encoded, vectors[2].password} {
			if must[bool](t)(VerifyPassword(password, encoded)) {
				t.Errorf("%q matches %q", password, encoded)
			}
		}
		if must[bool](t)(NeedsUpgrade(encoded)) {
			t.Errorf("%q needs an upgrade", encoded)
		}
	}
}

func TestAHashWithMoreIterationsIsKept(t *testing.T) {
	encoded := strings.Replace(vectors[0].encoded, "$1500000$", "$1800000$", 1)
	if must[bool](t)(NeedsUpgrade(encoded)) {
		t.Error("it needs an upgrade")
	}
	short := strings.Replace(vectors[0].encoded, "factory0", "factory", 1)
	if !must[bool](t)(NeedsUpgrade(short)) {
		t.Error("a salt of 21 characters is good enough")
	}
}

func TestHashesThatCannotBeChecked(t *testing.T) {
	const sum = "mJQ8D8xVBAKQGCo0t0n+NSPS2a0gQhVtjuC9LdL9WiM="
	for encoded, want := range map[string]error{
		"":                                                ErrHashMalformed,
		"$":                                               ErrHashMalformed,
		"pbkdf2_sha256":                                   ErrHashMalformed,
		"correct horse":                                   ErrHashMalformed,
		"pbkdf2_sha256$1$salt":                            ErrHashMalformed,
		"pbkdf2_sha256$1$$" + sum:                         ErrHashMalformed,
		"pbkdf2_sha256$$salt$" + sum:                      ErrHashMalformed,
		"pbkdf2_sha256$x$salt$" + sum:                     ErrHashMalformed,
		"pbkdf2_sha256$-1$salt$" + sum:                    ErrHashMalformed,
		"pbkdf2_sha256$+1$salt$" + sum:                    ErrHashMalformed,
		"pbkdf2_sha256$01$salt$" + sum:                    ErrHashMalformed,
		"pbkdf2_sha256$1_0$salt$" + sum:                   ErrHashMalformed,
		"pbkdf2_sha256$1$salt$" + sum + "$":               ErrHashMalformed,
		"pbkdf2_sha256$1$salt$" + sum + "\n":              ErrHashMalformed,
		"pbkdf2_sha256$1$salt$" + sum[:43]:                ErrHashMalformed,
		"pbkdf2_sha256$1$salt$" + sum[:40]:                ErrHashMalformed,
		"pbkdf2_sha256$1$salt$":                           ErrHashMalformed,
		"pbkdf2_sha256$1$salt$" + sum[:42] + "N=":         ErrHashMalformed, // bits beyond the last byte
		"pbkdf2_sha256$1$salt$" + strings.Repeat("A", 44): ErrHashMalformed, // 33 bytes
		"pbkdf2_sha256$0$salt$" + sum:                     ErrHashIterations,
		"pbkdf2_sha256$10000001$salt$" + sum:              ErrHashIterations,
		"pbkdf2_sha256$9223372036854775808$salt$" + sum:   ErrHashIterations,
		"pbkdf2_sha1$1$salt$" + sum:                       ErrHashAlgorithm,
		"bcrypt_sha256$$2b$12$abc":                        ErrHashAlgorithm,
		"argon2$argon2id$v=19$m=102400,t=2,p=8$c2FsdA$aA": ErrHashAlgorithm,
		"md5$salt$hash":                                   ErrHashAlgorithm,
	} {
		ok, err := VerifyPassword(password, encoded)
		if ok || !errors.Is(err, want) || strings.Contains(err.Error(), sum) {
			t.Errorf("%q: %v, %v, want %s", encoded, ok, err, want)
		}
		if weak, err := NeedsUpgrade(encoded); weak || !errors.Is(err, want) {
			t.Errorf("%q: needs an upgrade: %v, %v", encoded, weak, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, v := range vectors {
		f.Add(v.encoded)
	}
	for _, s := range []string{"", "!", "$$$", "pbkdf2_sha256$1$salt$", "bcrypt$$2b$12$x", "pbkdf2_sha256$99999999999999999999$s$x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, encoded string) {
		h, err := parse(encoded)
		switch {
		case err != nil:
			if h.iterations != 0 {
				t.Errorf("%q: %v, %v", encoded, h, err)
			}
		case h.iterations == 0:
			if !strings.HasPrefix(encoded, "!") {
				t.Errorf("%q is taken for unusable", encoded)
			}
		default:
			if h.String() != encoded {
				t.Errorf("%q is read as %q", encoded, h)
			}
			if h.iterations < 1 || h.iterations > MaxIterations || h.salt == "" || strings.Contains(h.salt, "$") || len(h.sum) != 32 {
				t.Errorf("%q is accepted", encoded)
			}
		}
	})
}
