# State in S3 with a lock file, and a resource that needs no provider from a registry.
terraform {
  backend "s3" {
    key                         = "env/ä/terraform.tfstate"
    region                      = "us-east-1"
    use_path_style              = true
    use_lockfile                = true
    skip_credentials_validation = true # of STS
    skip_requesting_account_id  = true
    skip_metadata_api_check     = true
  }
}

variable "text" {
  type = string
}

variable "wait_for" {
  description = "A file that apply waits for, with the lock in its hand. Empty: it doesn't wait."
  type        = string
  default     = ""
}

resource "terraform_data" "kept" {
  input            = var.text
  triggers_replace = var.text

  provisioner "local-exec" {
    command = "touch '${var.wait_for}.waits'; for i in $(seq 600); do [ -e '${var.wait_for}' ] && exit 0; sleep 0.1; done; exit 1"
    when    = create
  }
}

output "text" {
  value = terraform_data.kept.output
}
