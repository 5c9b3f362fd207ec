def test_a(broker_url, chain_url, test_services):
    test_services.start_database()
    print(broker_url)
