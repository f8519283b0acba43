module example.test/clients

go 1.19
