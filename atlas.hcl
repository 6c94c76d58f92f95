# For the Atlas program, either edition:
#
#   atlas migrate apply  --env postgres --var url=postgres://…
#   atlas migrate status --env postgres --var url=postgres://…
#   atlas migrate diff add_something --env postgres --var dev_url=postgres://…
#   atlas migrate lint --env postgres --var dev_url=postgres://… --latest 1

variable "url" {
  type        = string
  description = "The database to migrate."
  default     = getenv("DATABASE_URL")
}

variable "dev_url" {
  type        = string
  description = "An empty database to work in; Atlas cleans it up. It needs search_path=public, or else names in new files are qualified with their schema."
  default     = getenv("DEV_DATABASE_URL")
}

env "postgres" {
  url = var.url
  dev = var.dev_url
  # What the database should look like; go generate writes the file from the
  # graph. It is no migration, so it is not among them.
  src = "file://schema.sql"

  migration {
    dir = "file://migrations"
    # Also where communitybuilder.Migrate keeps them, whatever search_path says.
    revisions_schema = "atlas_schema_revisions"
  }

  lint {
    destructive {
      error = true
    }
    data_depend {
      error = true
    }
    incompatible {
      error = true
    }
  }

  format {
    migrate {
      diff = "{{ sql . \"  \" }}"
    }
  }
}
