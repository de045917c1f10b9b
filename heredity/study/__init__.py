"""What is asked: params.yaml as frozen values."""
